// MathAnswers
