package testrun

import (
	"slices"
	"testing"
)

func TestWordsAreAShells(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                 nil,
		"  \n\t ":                          nil,
		"--vus 3 --tag a=b":                {"--vus", "3", "--tag", "a=b"},
		`--tag "name=with a space" -q`:     {"--tag", "name=with a space", "-q"},
		`-e 'A={"x": "y"}'`:                {"-e", `A={"x": "y"}`},
		`a\ b "c\"d" "e\f" '' ""`:          {"a b", `c"d`, `e\f`, "", ""},
		"--env A='one two'three":           {"--env", "A=one twothree"},
		"über\u00a0alles":                  {"über\u00a0alles"},
		"$HOME `id` ; rm":                  {"$HOME", "`id`", ";", "rm"},
		"--summary-trend-stats 'avg,p(9)'": {"--summary-trend-stats", "avg,p(9)"},
	} {
		got, err := Words(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		`--tag "open`: `spec.arguments: the quote " is not closed`,
		`it's`:        "spec.arguments: the quote ' is not closed",
		`end\`:        "spec.arguments: a backslash at the end escapes nothing",
	} {
		if _, err := Words(text); err == nil || err.Error() != want {
			t.Errorf("Words(%q): %v; want %q", text, err, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add(`a "b c" 'd' \e`)
	f.Fuzz(func(t *testing.T, text string) {
		words, err := Words(text)
		if err == nil && len(words) > len(text) {
			t.Fatalf("%d words of %d bytes", len(words), len(text))
		}
	})
}
