package testrun

import (
	"fmt"
	"strings"
)

// Words cuts a text as a shell does: at white space, with '...', "..." and \. Nothing is expanded.
func Words(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	quote := rune(0)
	escaped := false
	for _, c := range text {
		switch {
		case escaped:
			// In double quotes a backslash stands for itself but before what it can escape there.
			if quote == '"' && c != '"' && c != '\\' && c != '$' && c != '`' {
				word.WriteByte('\\')
			}
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				word.WriteRune(c)
			}
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case strings.ContainsRune(" \t\r\n", c):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("spec.arguments: the quote %c is not closed", quote)
	}
	if escaped {
		return nil, fmt.Errorf("spec.arguments: a backslash at the end escapes nothing")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
