"""Random answer pairs with their verdict, for measuring a verifier.

Usage: generate_pairs.py [--seed N] [--count N] [--kinds a,b] > pairs.jsonl     (needs sympy)

Every line is {"id", "category", "gold", "answer", "expected"}. SymPy is the judge: a pair that is
built to be equal must agree with it to 40 digits at random points, a near miss must differ.
Answers are written as language models write them, in a style drawn at random.
"""
import argparse
import json
import random
import re
import sys

import sympy as sp
from sympy import I, Rational as Q, pi, sqrt

x, y, t, n, a, b = sp.symbols("x y t n a b", real=True)
k = sp.symbols("k", integer=True)


class Writer:
    """Writes SymPy expressions as LaTeX or plain text in a random style."""

    def __init__(self, rng):
        self.rng = rng

    def pick(self, *options):
        return self.rng.choice(options)

    def write(self, expression):
        text = self.plain(expression) if self.rng.random() < 0.15 else self.latex(expression)
        return self.dress(text)

    def latex(self, expression):
        options = {
            "fold_short_frac": self.rng.random() < 0.15,
            "ln_notation": True,
            "mul_symbol": self.pick(None, None, "dot", "times"),
            "order": self.pick(None, "lex", "rev-lex", "grlex"),
        }
        text = sp.latex(expression, **options)
        text = text.replace("operatorname{atan}", "arctan").replace("operatorname{asin}", "arcsin")
        text = text.replace("operatorname{acos}", "arccos")
        if self.rng.random() < 0.3:
            text = text.replace("\\frac", self.pick("\\dfrac", "\\tfrac"))
        if self.rng.random() < 0.3:
            text = re.sub(r"\\([dt]?)frac\{(\d)\}\{(\d)\}", r"\\\1frac\2\3", text)
        if self.rng.random() < 0.2:
            text = re.sub(r"\\sqrt\{(\d)\}", r"\\sqrt\1", text)
        if self.rng.random() < 0.3:
            text = text.replace("\\left", "").replace("\\right", "")
        if self.rng.random() < 0.3:
            text = text.replace(" ", "")
            text = re.sub(r"(\\(?:pi|theta|cdot|times|ln|sin|cos|tan|log|infty|cup))(?=[a-gi-zA-Z])", r"\1 ", text)
        return text

    def plain(self, expression):
        text = re.sub(r"\bI\b", "i", re.sub(r"\bE\b", "e", sp.sstr(expression)))
        text = re.sub(r"\blog\b", "ln", re.sub(r"factorial\((\d+)\)", r"\1!", text))
        if self.rng.random() < 0.5:
            text = text.replace("**", "^")
            return text.replace("*", self.pick("*", " * "))
        return text

    def dress(self, text):
        form = self.rng.random()
        if form < 0.25:
            return "$" + text + "$"
        if form < 0.3:
            return "\\(" + text + "\\)"
        if form < 0.35:
            return " " + text + " "
        return text


def agree(left, right):
    """Whether SymPy finds both equal: exactly, or to 40 digits at points of the common domain."""
    difference = left - right
    if difference == 0:
        return True
    letters = sorted(difference.free_symbols, key=str)
    seen = 0
    for shift in (0, 1, 2, 3, 4, 5):
        point = {s: Q(3 + 7 * i + 5 * shift, 11 + i + shift) for i, s in enumerate(letters)}
        value = sp.N(difference.subs(point), 40, maxn=400)
        if not value.is_number or value.has(sp.nan, sp.zoo):
            continue
        seen += 1
        if abs(value) > Q(1, 10**25):
            return False
    if seen == 0:
        raise ValueError("no point")
    return True


class Pairs:
    """One method a category: (gold, answer, expected) as texts."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.writer = Writer(self.rng)

    def int(self, low, high):
        return self.rng.randint(low, high)

    def nonzero(self, bound=9):
        return self.rng.choice([-1, 1]) * self.int(1, bound)

    def judged(self, gold, equal, misses):
        """Writes gold with one of its equal forms, or with a near miss that SymPy refutes."""
        if self.rng.random() < 0.5:
            other = self.rng.choice(equal)
            if not agree(gold, other):
                raise ValueError("not equal")
            return self.writer.write(gold), self.writer.write(other), True
        other = self.rng.choice(misses)
        if agree(gold, other):
            raise ValueError("no miss")
        return self.writer.write(gold), self.writer.write(other), False

    def integer(self):
        value = self.int(-10 ** self.int(1, 12), 10 ** self.int(1, 12))
        equal = self.rng.random() < 0.5
        other = value if equal else value + self.nonzero(3) * 10 ** self.int(0, 3)
        forms = [str(other), f"{other:,}", f"{other:,}".replace(",", "{,}"), f"{other}.0",
                 f"{other:,}".replace(",", "\\,"), f"\\boxed{{{other}}}", f"${other}$"]
        return str(value), self.rng.choice(forms), equal

    def rational(self):
        value = Q(self.nonzero(60), self.int(2, 40))
        if self.rng.random() < 0.2 and value.q in (2, 4, 5, 8, 10, 20, 25, 40):
            return self.writer.write(value), str(float(value)), True
        factor = self.int(2, 6)
        if self.rng.random() < 0.3:
            return (self.writer.write(value),
                    self.rng.choice(["\\frac{%d}{%d}", "%d/%d"]) % (value.p * factor, value.q * factor), True)
        if abs(value.p) > value.q and value.q > 1 and value > 0 and self.rng.random() < 0.4:
            whole, rest = divmod(value.p, value.q)
            return self.writer.write(value), f"{whole}\\frac{{{rest}}}{{{value.q}}}", True
        return self.judged(value, [value], [1 / value, -value, value + Q(1, value.q), value + 1])

    def repeating(self):
        length = self.int(1, 4)
        block = self.int(1, 10**length - 1)
        digits = str(block).zfill(length)
        value = Q(block, 10**length - 1)
        miss = Q(block, 10**length)
        text = f"0.\\overline{{{digits}}}"
        if self.rng.random() < 0.5:
            return self.writer.write(value), text, True
        return self.writer.write(miss), text, False

    def decimal(self):
        value = self.rng.choice([pi * self.int(1, 9), sqrt(self.int(2, 90)) + self.int(0, 4),
                                 Q(self.int(1, 90), self.rng.choice([3, 7, 9, 11, 13])), sp.E * self.int(1, 5),
                                 sp.log(self.int(2, 40))])
        if value.is_rational and value.q in (1, 2, 4, 5, 8, 10):
            raise ValueError("terminates")
        if sp.sqrt(value**2).is_integer:
            raise ValueError("whole")
        places = self.int(7, 14)
        good = self.rng.random() < 0.5
        exact = sp.N(value, 40)
        digits = f"{sp.Integer(sp.floor(exact * 10**places + Q(1, 2)))}".rjust(places + 1, "0")
        text = digits[:-places] + "." + digits[-places:]
        if good:
            return self.writer.write(value), text, True
        spot = self.int(2, 5)
        if self.rng.random() < 0.5:
            return self.writer.write(value), text[: -(places - 3)], False
        wrong = text[:-spot] + str((int(text[-spot]) + 4) % 10) + text[len(text) - spot + 1:]
        return self.writer.write(value), wrong, False

    def polynomial(self):
        letters = self.rng.choice([[x], [x, y], [a, b], [t], [x, y, n]])
        product = sp.Integer(self.nonzero(4))
        for _ in range(self.int(2, 3)):
            product *= sum((self.nonzero() * s ** self.int(1, 2) for s in letters), sp.Integer(self.int(-9, 9)))
        gold = product
        expanded = sp.expand(gold)
        s = letters[0]
        return self.judged(gold, [expanded, sp.factor(expanded), sp.horner(expanded, s) if len(letters) == 1 else expanded],
                           [expanded + self.nonzero(2), expanded.subs(s, -s), expanded + self.nonzero(3) * s,
                            sp.expand(-expanded), expanded.subs(s, sp.Symbol("z"))])

    def rational_function(self):
        top = self.nonzero() * x + self.nonzero()
        first, second = x + self.nonzero(), x - self.nonzero(12)
        gold = top / (first * second)
        if first - second == 0:
            raise ValueError("square")
        other = sp.apart(gold, x)
        return self.judged(gold, [other, sp.expand(top) / sp.expand(first * second), sp.together(other)],
                           [gold + Q(1, self.int(2, 9)), 1 / gold, gold.subs(x, -x), sp.expand(top) / sp.expand(first * second + 1)])

    def radical(self):
        p, q, r = self.int(1, 9), self.int(1, 9), self.rng.choice([2, 3, 5, 6, 7, 10, 11])
        kind = self.int(0, 4)
        if kind == 0:
            gold, other = sqrt(p * p * r), None
            gold = sp.Mul(1, sp.Pow(p * p * r, Q(1, 2), evaluate=False), evaluate=False)
            other = p * sqrt(r)
        elif kind == 1:
            gold = sp.Mul(p, sp.Pow(sqrt(r) + q, -1), evaluate=False)
            other = sp.radsimp(p / (sqrt(r) + q))
        elif kind == 2:
            gold = sp.sqrt(sp.expand((p + q * sqrt(r)) ** 2))
            other = p + q * sqrt(r)
        elif kind == 3:
            gold = sp.Pow(p**3 * r, Q(1, 3), evaluate=False)
            other = p * sp.cbrt(r)
        else:
            gold = (p + sqrt(r)) ** 2 * sqrt(q)
            other = sp.expand(gold)
        return self.judged(gold, [other], [other + Q(1, 7), other * Q(p + 1, p), -other, other.subs(sqrt(r), sqrt(r + 1)) if other.has(sqrt(r)) else other + 1])

    def identity(self):
        m = self.int(1, 4)
        s = self.rng.choice([x, t, a])
        sin, cos, tan, exp, log = sp.sin, sp.cos, sp.tan, sp.exp, sp.log
        pairs = [
            (sin(2 * m * s), 2 * sin(m * s) * cos(m * s)), (cos(2 * m * s), 1 - 2 * sin(m * s) ** 2),
            (cos(2 * m * s), 2 * cos(m * s) ** 2 - 1), (sin(m * s) ** 2 + cos(m * s) ** 2 + s, 1 + s),
            (1 / cos(s) ** 2, 1 + tan(s) ** 2), (sin(s) / (1 + cos(s)), tan(s / 2)),
            (sin(s + pi / 3), sin(s) / 2 + sqrt(3) * cos(s) / 2), (exp(m * s + 1), sp.E * exp(s) ** m),
            (sin(3 * s), 3 * sin(s) - 4 * sin(s) ** 3), (sp.cosh(s) ** 2 - s, 1 + sp.sinh(s) ** 2 - s),
            (sp.cosh(s), (exp(s) + exp(-s)) / 2), (cos(s) ** 4 - sin(s) ** 4, cos(2 * s)),
            (log(m * exp(s)), s + log(m)), (exp(2 * s) - 1, (exp(s) - 1) * (exp(s) + 1)),
            (sin(s) * cos(y), (sin(s + y) + sin(s - y)) / 2), (tan(s + pi / 4), (1 + tan(s)) / (1 - tan(s))),
            (sp.Pow(4, s, evaluate=False), sp.Pow(2, 2 * s, evaluate=False)),
            (log(s**2 + 1) * m, log((s**2 + 1) ** m)), (sp.sqrt(s**2), sp.Abs(s)),
            (sp.atan(s) + sp.atan(1 / (s + 10**6)) - sp.atan(1 / (s + 10**6)), sp.atan(s)),
        ]
        gold, other = self.rng.choice(pairs)
        if self.rng.random() < 0.3:
            gold, other = other, gold
        return self.judged(gold, [other], [other + Q(1, 10), -other, other.subs(s, 2 * s), other.subs(s, s + 1), other * 2])

    def constant(self):
        m, r = self.int(2, 9), self.int(2, 6)
        pairs = [
            (sp.log(m**r, evaluate=False), r * sp.log(m)), (sp.log(m) - sp.log(r), sp.log(Q(m, r), evaluate=False)),
            (sp.sin(pi / 3, evaluate=False) * m, m * sqrt(3) / 2), (sp.cos(pi / 12, evaluate=False), (sqrt(6) + sqrt(2)) / 4),
            (sp.tan(pi / 8, evaluate=False) + m, sqrt(2) - 1 + m), (sp.atan(1, evaluate=False) * m, pi * m / 4),
            (sp.cos(2 * pi / 5, evaluate=False) * m, m * (sqrt(5) - 1) / 4), (sp.factorial(m, evaluate=False), sp.factorial(m)),
            (sp.exp(sp.log(m, evaluate=False) * r, evaluate=False), sp.Integer(m) ** r),
            (sp.binomial(m + r, r, evaluate=False), sp.binomial(m + r, r)), (sp.acos(Q(1, 2), evaluate=False) + r, pi / 3 + r),
            (sp.atan(Q(1, 2)) + sp.atan(Q(1, 3)), pi / 4), (sp.sin(pi / 10, evaluate=False) * r, r * (sqrt(5) - 1) / 4),
            (pi * m / r + sp.E, sp.E + pi * m / r), (sp.sinh(sp.log(m), evaluate=False), Q(m * m - 1, 2 * m)),
        ]
        gold, other = self.rng.choice(pairs)
        return self.judged(gold, [other], [other + Q(1, 100), -other, other * Q(m + 1, m), 1 / other])

    def complex(self):
        p, q, r, s = self.nonzero(), self.nonzero(), self.nonzero(), self.nonzero()
        gold = self.rng.choice([
            sp.Mul(p + q * I, r + s * I, evaluate=False), sp.Mul(p + q * I, 1 / (r + s * I), evaluate=False),
            sp.Pow(p + q * I, self.int(2, 4), evaluate=False), abs(p) * sp.exp(I * pi / 3), p + q * I])
        other = sp.expand(gold, complex=True)
        return self.judged(gold, [other], [sp.conjugate(other), -other, other + 1, other * I])

    def items(self, count):
        values = set()
        while len(values) < count:
            values.add(self.rng.choice([sp.Integer(self.nonzero(12)), Q(self.nonzero(9), self.int(2, 7)), self.nonzero(4) * sqrt(self.rng.choice([2, 3, 5])),
                                        pi / self.int(2, 6)]))
        return sorted(values, key=str)

    def texts(self, values):
        return [self.writer.latex(v) for v in values]

    def tuple(self):
        values = self.items(self.int(2, 3))
        gold = "(" + ", ".join(self.texts(values)) + ")"
        if self.rng.random() < 0.5:
            return gold, self.rng.choice(["(%s)", "\\left(%s\\right)"]) % ",".join(self.texts(values)), True
        if self.rng.random() < 0.5:
            return gold, "(" + ", ".join(self.texts(values[::-1])) + ")", False
        return gold, "(" + ", ".join(self.texts([values[0] + 1] + values[1:])) + ")", False

    def set(self):
        values = self.items(self.int(2, 4))
        gold = self.rng.choice(["\\{%s\\}", "\\left\\{%s\\right\\}", "%s"]) % ", ".join(self.texts(values))
        shuffled = values[:]
        self.rng.shuffle(shuffled)
        form = self.rng.choice(["\\{%s\\}", "%s"])
        if self.rng.random() < 0.5:
            texts = self.texts(shuffled)
            if form == "%s" and self.rng.random() < 0.4:
                return gold, ", ".join(texts[:-1]) + " and " + texts[-1], True
            return gold, form % ",".join(texts), True
        wrong = self.rng.choice([shuffled[:-1], [-shuffled[0] * 2] + shuffled[1:], shuffled + [sp.Integer(99)]])
        if set(wrong) == set(values):
            raise ValueError("same")
        return gold, form % ", ".join(self.texts(wrong)), False

    def plus_minus(self):
        p, r = self.nonzero(), self.rng.choice([2, 3, 5, 7])
        gold = f"{p}\\pm\\sqrt{{{r}}}"
        if self.rng.random() < 0.5:
            return gold, f"{p}+\\sqrt{r}, {p}-\\sqrt{r}", True
        return gold, self.rng.choice([f"{p}+\\sqrt{r}", f"{p}\\pm\\sqrt{{{r + 1}}}", f"{-p}\\pm\\sqrt{{{r}}}"]), False

    def matrix(self):
        rows, columns = self.int(2, 3), self.int(2, 3)
        grid = sp.Matrix(rows, columns, lambda *_: Q(self.int(-9, 9), self.int(1, 3)))

        def text(m):
            name = self.rng.choice(["pmatrix", "bmatrix", "matrix"])
            body = self.rng.choice(["\\\\", " \\\\ "]).join("&".join(self.texts(m.row(i))) for i in range(m.rows))
            inner = f"\\begin{{{name}}}{body}\\end{{{name}}}"
            return f"\\left[{inner}\\right]" if name == "matrix" else inner

        if self.rng.random() < 0.5:
            return text(grid), text(grid), True
        other = grid.copy()
        i, j = self.int(0, rows - 1), self.int(0, columns - 1)
        other[i, j] += self.nonzero(2)
        if self.rng.random() < 0.3 and grid.T != grid:
            other = grid.T
        return text(grid), text(other), False

    def interval(self):
        values = sorted(self.items(2), key=lambda v: float(v))
        low, high = self.texts(values)
        left, right = self.rng.choice("[("), self.rng.choice("])")
        signs = {"[": "\\le", "(": "<", "]": "\\le", ")": "<"}
        kind = self.int(0, 2)
        if kind == 0:
            gold = f"{left}{low},{high}{right}"
            forms = [f"{low} {signs[left]} x {signs[right]} {high}", f"\\left{left}{low}, {high}\\right{right}"]
            other = {"[": "(", "(": "["}[left]
            misses = [f"{other}{low},{high}{right}", f"{low} {signs[other]} x {signs[right]} {high}", f"{left}{low},{high}+1{right}"]
        elif kind == 1:
            gold = f"(-\\infty, {low}{right} \\cup {left}{high}, \\infty)"
            mirrored = {"[": "\\ge", "(": ">"}
            forms = [f"x {signs[right]} {low} \\text{{ or }} x {mirrored[left]} {high}", gold.replace(" ", "")]
            misses = [f"x {signs[right]} {low}", f"({low}, {high})", f"(-\\infty,{low}{right}\\cup{left}{high}+1,\\infty)"]
        else:
            gold = f"(-\\infty,{low})\\cup({low},\\infty)"
            forms = [f"\\mathbb{{R}}\\setminus\\{{{low}\\}}", f"x\\neq {low}", gold]
            misses = [f"\\mathbb{{R}}\\setminus\\{{{high}\\}}", f"x\\neq {high}", "(-\\infty,\\infty)"]
        equal = self.rng.random() < 0.5
        return gold, self.rng.choice(forms if equal else misses), equal

    def line(self):
        p, q, r = self.nonzero(), self.nonzero(), self.nonzero(20)
        gold = f"{self.writer.latex(p * x + q * y)}={r}"
        factor = self.nonzero(4)
        forms = [f"{self.writer.latex(factor * (p * x + q * y))}={factor * r}", f"y={self.writer.latex(sp.expand((r - p * x) / sp.Integer(q)))}",
                 f"{self.writer.latex(p * x + q * y - r)}=0"]
        misses = [f"{self.writer.latex(p * x - q * y)}={r}", f"{self.writer.latex(p * x + q * y)}={r + 1}",
                  f"y={self.writer.latex(sp.expand((r - p * x) / sp.Integer(q) + 1))}", str(r)]
        equal = self.rng.random() < 0.5
        return gold, self.rng.choice(forms if equal else misses), equal

    def assignment(self):
        p, q = self.items(2)
        one, two = self.texts([p, q])
        kind = self.int(0, 2)
        if kind == 0:
            forms, misses, gold = [one, f"x = {one}", f"${one}$"], [two, f"y={one}", f"x={two}"], f"x={one}"
        elif kind == 1:
            gold = f"x={one}, y={two}"
            forms, misses = [f"y={two}, x={one}", f"({one},{two})", f"x={one} and y={two}"], [f"({two},{one})", f"x={two}, y={one}", f"x={one}"]
        else:
            body = self.nonzero() * x**2 + self.nonzero() * x + self.nonzero()
            gold = f"f(x)={self.writer.latex(body)}"
            forms = [self.writer.latex(body), f"f(x) = {self.writer.latex(body)}"]
            misses = [self.writer.latex(body + 1), f"g(x)={self.writer.latex(body)}"]
        equal = self.rng.random() < 0.5
        return gold, self.rng.choice(forms if equal else misses), equal

    def calculus(self):
        p, q, m = self.int(1, 6), self.int(1, 6), self.int(2, 9)
        kind = self.int(0, 5)
        if kind == 0:
            term = self.rng.choice([k, k**2, k**3, 2 * k - 1, k * (k + 1)])
            gold, value = f"\\sum_{{k=1}}^{{n}} {self.paren(term)}", sp.simplify(sp.summation(term, (k, 1, n)))
            forms = [self.writer.write(sp.factor(value)), self.writer.write(sp.expand(value))]
            misses = [self.writer.write(sp.expand(value + 1)), self.writer.write(sp.expand(value.subs(n, n - 1)))]
        elif kind == 1:
            value = sp.summation(p * k + q, (k, 1, m))
            gold, forms, misses = f"\\sum_{{k=1}}^{{{m}}} ({p}k+{q})", [str(value)], [str(value + 1), str(value - p * m - q)]
        elif kind == 2:
            body = self.rng.choice([p * x**2 + q, sp.sin(x) * p, sp.exp(x) + q, 1 / (x + p)])
            high = self.rng.choice([1, 2])
            value = sp.integrate(body, (x, 0, high))
            gold = f"\\int_0^{{{high}}} {self.paren(body)}\\,dx"
            forms, misses = [self.writer.write(value)], [self.writer.write(value + Q(1, 3)), self.writer.write(-value)]
        elif kind == 3:
            body = self.rng.choice([x**p * sp.sin(x), sp.exp(p * x) * x, sp.log(x) * x**2, (p * x + 1) ** 3, sp.tan(x)])
            value = sp.diff(body, x)
            gold = f"\\frac{{d}}{{dx}}{self.paren(body)}"
            forms, misses = [self.writer.write(value), self.writer.write(sp.expand(value))], [self.writer.write(value + 1), self.writer.write(-value)]
        elif kind == 4:
            gold, value = self.rng.choice([
                (f"\\lim_{{x\\to 0}}\\frac{{\\sin({p}x)}}{{{q}x}}", Q(p, q)),
                (f"\\lim_{{n\\to\\infty}}\\left(1+\\frac{{{p}}}{{n}}\\right)^n", sp.exp(p)),
                (f"\\lim_{{x\\to\\infty}}\\frac{{{p}x^2+1}}{{{q}x^2-x}}", Q(p, q)),
                (f"\\lim_{{x\\to {p}}}\\frac{{x^2-{p * p}}}{{x-{p}}}", sp.Integer(2 * p))])
            forms, misses = [self.writer.write(value)], [self.writer.write(value + 1), self.writer.write(value * 2)]
        else:
            gold, value = f"\\prod_{{k=1}}^{{{m}}} \\frac{{k+1}}{{k}}", sp.Integer(m + 1)
            forms, misses = [str(value)], [str(m), str(m + 2)]
        equal = self.rng.random() < 0.5
        return gold, self.rng.choice(forms if equal else misses), equal

    def paren(self, body):
        return f"\\left({sp.latex(body, ln_notation=True)}\\right)"

    def units(self):
        m = self.int(2, 90)
        forms = [(f"{m}\\text{{ m}}", f"{100 * m}\\text{{ cm}}", True), (f"{m}\\text{{ m}}", f"{m}\\text{{ cm}}", False),
                 (f"{m}", f"{m}\\text{{ cm}}", True), (f"{m}\\text{{ cm}}^2", f"{m}", True), (f"{m}\\text{{ kg}}", f"{1000 * m} g", None),
                 (f"{m}^\\circ", f"{m}", True), (f"{m}\\%", f"{m}", True), (f"{m}\\%", f"\\frac{{{m}}}{{100}}", True),
                 (f"{m}\\text{{ hours}}", f"{60 * m}\\text{{ minutes}}", True), (f"{m}", f"{m}\\text{{ apples}}", True),
                 (f"\\${m}", f"{m}", True), (f"{m}\\text{{ miles}}", f"{m}\\text{{ km}}", False)]
        gold, answer, equal = self.rng.choice(forms)
        if equal is None:
            raise ValueError("left open")
        if equal and self.rng.random() < 0.4:
            return gold.replace(str(m), str(m + 1)), answer, False
        return gold, answer, equal

    def extraction(self):
        value, other = self.int(-99, 999), self.int(1000, 2000)
        equal = self.rng.random() < 0.5
        said = value if equal else other
        prose = self.rng.choice([
            "We add the parts, which gives {0}. Therefore the answer is $\\boxed{{{1}}}$.", "Some steps with {0} here.\n\n**Final Answer:** {1}",
            "First {0}, then more.\nThe answer is {1}.", "Step 1: {0}\nStep 2\n#### {1}", "<think>Perhaps {0}. So \\boxed{{{0}}}</think>\nHence \\boxed{{{1}}}.",
            "Let x = {0}. <answer>{1}</answer>", "It follows that\n\\[\n\\boxed{{{1}}}\n\\]\nas {0} shows."])
        mention = self.rng.choice([other if equal else value, 7])
        text = prose.format(mention, said)
        if self.rng.random() < 0.1:
            return str(value), f"Either \\boxed{{{value}}} or \\boxed{{{other}}}.", False
        return str(value), text, equal


KINDS = ["integer", "rational", "repeating", "decimal", "polynomial", "rational_function", "radical", "identity", "constant", "complex",
         "tuple", "set", "plus_minus", "matrix", "interval", "line", "assignment", "calculus", "units", "extraction"]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--kinds", default=",".join(KINDS))
    options = options.parse_args()
    pairs = Pairs(options.seed)
    kinds = options.kinds.split(",")
    done = 0
    while done < options.count:
        kind = kinds[done % len(kinds)]
        try:
            gold, answer, expected = getattr(pairs, kind)()
        except (ValueError, ZeroDivisionError, TypeError, AttributeError, sp.PolynomialError):
            continue
        json.dump({"id": f"{options.seed}-{done}", "category": kind, "gold": gold, "answer": answer, "expected": bool(expected)},
                  sys.stdout, ensure_ascii=False)
        print()
        done += 1


if __name__ == "__main__":
    main()
