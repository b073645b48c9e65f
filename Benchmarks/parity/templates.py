#!/usr/bin/env python3
"""Writes what jinja2 makes of chat templates and expressions, as golden rows for the tests.

Needs Python 3.9 and `pip install jinja2`. jinja2 is set as transformers sets it: an immutable sandbox
with trim_blocks, lstrip_blocks and loop controls. The templates have the structure of those of well-known
models, in our own words.

    python Benchmarks/parity/templates.py --rows 30 --out Tests/PolicyTests/Golden/chat.jsonl
"""

import argparse
import json
import pathlib
import random
import sys

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


class Generation(jinja2.ext.Extension):
    """The tag around what the assistant says, which writes what is in it."""

    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(["name:endgeneration"], drop_needle=True)


def environment():
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", Generation])
    env.filters["tojson"] = to_json
    env.globals["raise_exception"] = raise_exception
    return env


CHAT = {}

CHAT["qwen2"] = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'A default for tools.' }}
    {%- endif %}
    {{- "\\n\\n# Tools\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- message.content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

CHAT["qwen3"] = """{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(searching=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.searching = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set thought = '' %}
        {%- if message.reasoning_content is string %}
            {%- set thought = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last %}
            {%- if loop.last or (not loop.last and thought) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""

CHAT["llama3"] = """{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"""

CHAT["llama31"] = """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system message comes first. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if builtin_tools is defined or tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{%- if tools is not none %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

CHAT["smollm2"] = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful AI assistant.<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""

CHAT["alternating"] = """{{ bos_token }}{% for message in messages %}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
    {{ raise_exception('Roles must alternate user/assistant/user/assistant/...') }}
{% endif %}
{% if message['role'] == 'user' %}
{{ '[INST] ' + message['content'] + ' [/INST]' }}
{% elif message['role'] == 'assistant' %}
{{ message['content'] + eos_token}}
{% else %}
{{ raise_exception('Only user and assistant roles are supported!') }}
{% endif %}
{% endfor %}
"""

CHAT["model-turns"] = """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}{{ item }}{%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
"""

CHAT["reasoner"] = """{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<User>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is not none %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<Assistant>' + content + '<end>'}}{%- endif %}{%- if message['role'] == 'tool' %}{%- set ns.is_tool = true -%}{%- if ns.is_first %}{{'<outputs><output>' + message['content']}}{%- set ns.is_first = false %}{%- else %}{{'\\n<output>' + message['content']}}{%- endif %}{%- endif %}{%- endfor -%}{% if add_generation_prompt and not ns.is_tool %}{{'<Assistant><think>\\n'}}{% endif %}"""

CHAT["macro"] = """{%- macro turn(message, mark='#') -%}
{{ mark }}{{ message.role | upper }}: {{ message.content | replace('\\n', ' / ') }}
{%- endmacro -%}
{% set roles = messages | map(attribute='role') | list %}
{{ roles | join(', ') }}
{% for message in messages if message.role != 'system' %}
  {# a comment #}
  {{ turn(message, mark='@' if loop.last else '#') }} {{ loop.index }}/{{ loop.length }}
  {% if loop.index >= 4 %}{% break %}{% endif %}
{% else %}
  nothing
{% endfor %}
{% generation %}{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{% endgeneration %}

{% set text %}
 {{ messages[-1].content[:5] }}|{{ messages[0]['content'][-3:] }}
{% endset %}
{{ text | trim }}
"""

EXPRESSIONS = r"""
{{ 1 + 2 * 3 - 4 // 3 % 2 }}|{{ 7 / 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 2.5 + 1 }}
{{ 'a' ~ 1 ~ none ~ true ~ [1, 'b', none] ~ {'k': 'v', 'n': 1.0} }}
{{ "it's" }}|{{ ["it's", 'say "x"', 'both \' "', 'tab\t', 'é', '\u200b'] }}
{{ [1, 2, 3][::-1] }}|{{ 'abcdef'[1:-1] }}|{{ 'abcdef'[::2] }}|{{ 'abcdef'[::-2] }}|{{ 'abc'[5:] }}|{{ 'abcdef'[-3:] }}
{{ 'a' in 'cat' }}|{{ 'x' not in 'cat' }}|{{ 2 in [1, 2] }}|{{ 'k' in {'k': 1} }}
{{ 1 < 2 < 3 }}|{{ 1 == 1.0 }}|{{ true == 1 }}|{{ 'a' < 'b' }}|{{ not 1 == 2 }}
{{ x is defined }}|{{ x is undefined }}|{{ x | default('d') }}|{{ '' | default('e', true) }}|{{ none is none }}
{{ 'a' if x else 'b' }}|{{ 'a' if x }}|{{ (1, 2) | length }}|{{ {} | length }}
{{ '  pad ' | trim }}|{{ 'xxaxx'.strip('x') }}|{{ 'a,b,,c'.split(',') }}|{{ 'a  b c'.split() }}|{{ 'a,b,c'.split(',', 1) }}
{{ 'Hello'.upper() }}|{{ 'Hello'.lower() }}|{{ 'hello world'.title() }}|{{ 'hELLO' | capitalize }}
{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith('bc') }}|{{ 'aXbX'.replace('X', '-') }}|{{ 'abcb'.find('b') }}|{{ 'abcb'.count('b') }}
{{ {'b': 1, 'a': [1, 2.5, none, true, 'é"\n']} | tojson }}|{{ [] | tojson }}|{{ {'a': {'b': []}} | tojson(indent=2) }}
{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{{ loop.index0 }}:{{ i }} {% endfor %}
{% set a, b = [1, 2] %}{{ a }}{{ b }}
{% set ns = namespace(n=0) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}
{% set v = 1 %}{% for i in [1] %}{% set v = 2 %}{% endfor %}{{ v }}{% if true %}{% set v = 3 %}{% endif %}{{ v }}
{{ 'a' 'b' }}|{{ "\x41\u00e9\n" }}|{{ 'don\'t' }}
{{ [3, 1] + [2] }}|{{ 'ab' * 2 }}|{{ [1, 2] | first }}|{{ [1, 2] | last }}|{{ 'abc' | reverse }}|{{ [1, 2] | reverse | list }}
{{ 3 is odd }}|{{ 4 is even }}|{{ 9 is divisibleby 3 }}|{{ 'a' is string and 1 is number }}|{{ [] is iterable }}|{{ {} is mapping }}
{{ '3' | int + 1 }}|{{ 3.9 | int }}|{{ 'x' | int }}|{{ 5 | string + '!' }}
{{ ['a', 'b'] | join('-') }}|{{ 'a-b' | replace('-', '+') }}|{{ ['a', 'b'] | map('upper') | join }}
{{ true and 'x' }}|{{ '' or 'y' }}|{{ not none }}|{{ 1 and 0 }}
{{ loop is defined }}|{{ messages is defined }}|{{ none }}|{{ undefinedname }}
  {%- if true -%}  x  {%- endif -%}  y
 {% if true %}  a
 {% endif %}
b {# c #} d
{%+ if true %} e {% endif +%}
{{ '{{' }}{{ "%}" }}{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {'b': 2}}.a.b }}
{{ 1.0 }}|{{ 0.1 + 0.2 }}|{{ 1e3 if false else 100000.0 }}|{{ 10 / 5 }}|{{ 123456789012.5 }}
{{ 'éa'|length }}|{{ '👩‍👧'|length }}|{{ 'e\u0301' == '\u00e9' }}|{{ 'ß'.upper() }}|{{ 'İ' | lower }}
{% macro m(a, b=2) %}{{ a }}-{{ b }}{% if a > 0 %}{{ m(a - 1) }}{% endif %}{% endmacro %}{{ m(2) }}{{ m(b=1, a=0) }}
{% for c in 'abc' %}{{ loop.revindex }}{{ c }}{{ loop.previtem | default('<') }}{{ loop.nextitem | default('>') }}{% endfor %}
{{ undefinedname.x }}
{{ undefinedname + 'a' }}
{{ 'a' + 1 }}
{{ raise_exception('no') }}
{{ [1, 2][7] }}|{{ {'a': 1}['b'] }}|{{ {'a': 1}.b }}|{{ {'a': 1}.get('b', 'c') }}
{{ -1 | string }}|{{ 2 * -3 }}|{{ - 2 + 5 }}|{{ 'a' ~ 1 + 2 }}
{{ 'x' is in ['x', 'y'] }}|{{ 1 is eq 1 }}|{{ 'a' is not none }}|{{ 1 is not string }}
{{ 'a,b' .split(',')[-1] }}|{{ ('a' ~ 'b') | upper }}|{{ 'a' ~ 'b' | upper }}|{{ 'x' == 'x' | lower }}
{{ [{'role': 'user', 'n': 1}, {'role': 'tool', 'n': 2}] | selectattr('role', '==', 'tool') | map(attribute='n') | first }}
{{ [{'r': 1}, {}] | rejectattr('r') | list | length }}|{{ [0, 1, 2] | select | list }}|{{ [1, 2, 3] | select('odd') | list }}
""".strip().split("\n")

WORDS = ["hello", "<think>", "</think>", "\n", "\n\n", " ", "<tool_response>", "</tool_response>", "é", "👍", "{{ x }}", "'", '"', "\\", "a b", "1+1=2", "\t"]


def random_content(rng):
    if rng.random() < 0.1:
        return "<tool_response>\nok\n</tool_response>"
    if rng.random() < 0.3:
        return f"<think>\n{rng.choice(WORDS)} thought\n</think>\n\n{rng.choice(WORDS)} said"
    return "".join(rng.choice(WORDS) for _ in range(rng.randint(0, 8)))


def random_messages(rng):
    messages = []
    if rng.random() < 0.5:
        messages.append({"role": "system", "content": random_content(rng)})
    for index in range(rng.randint(1, 6)):
        role = ("user", "assistant")[index % 2] if rng.random() < 0.85 else rng.choice(["tool", "system", "user", "assistant"])
        messages.append({"role": role, "content": random_content(rng)})
    return messages


def render(env, source, variables):
    try:
        return {"text": env.from_string(source).render(**variables)}
    except jinja2.exceptions.TemplateError as error:
        return {"fails": True, "reason": str(error)}
    except TypeError as error:
        return {"fails": True, "reason": str(error)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=30, help="conversations a template")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    env = environment()
    rng = random.Random(options.seed)
    tool = {"function": {"name": "add", "parameters": {"a": 1, "b": [True, None]}}, "type": "function"}
    with open(options.out, "w", encoding="utf-8") as out:
        def write(row):
            out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        for name, source in CHAT.items():
            write({"name": name, "source": source})
            for _ in range(options.rows):
                variables = {"bos_token": "<s>", "eos_token": "</s>"}
                if rng.random() < 0.3:
                    variables["enable_thinking"] = rng.random() < 0.5
                if rng.random() < 0.2:
                    variables["tools"] = [tool]
                messages, add = random_messages(rng), rng.random() < 0.5
                given = {"tools": None, "documents": None, "messages": messages, "add_generation_prompt": add, **variables}
                write({"name": name, "messages": messages, "add": add, "variables": variables, **render(env, source, given)})
        for source in EXPRESSIONS:
            write({"source": source, **render(env, source, {"messages": []})})
    return 0


if __name__ == "__main__":
    sys.exit(main())
