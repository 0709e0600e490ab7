package main

import (
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// languageFlag is for commands that explain.
type languageFlag struct {
	Lang string `help:"Language of explanations: en or zh. Default: that of LC_ALL, LC_MESSAGES or LANG." default:"${lang}" enum:"en,zh" placeholder:"en|zh"`
}

func (f languageFlag) language() cause.Language {
	if f.Lang == cause.Chinese.String() {
		return cause.Chinese
	}
	return cause.English
}

// languageOf is the language of an environment: the first variable that is set decides, as for other programs (POSIX, XBD 8.2). Chinese of
// any country in UTF-8, or with no encoding named, is Chinese; what cannot show our text, and all else, is English.
func languageOf(getenv func(string) string) cause.Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		locale := strings.ToLower(getenv(name))
		if locale == "" {
			continue
		}
		locale, _, _ = strings.Cut(locale, "@")
		tongue, encoding, _ := strings.Cut(locale, ".")
		tongue, _, _ = strings.Cut(strings.ReplaceAll(tongue, "-", "_"), "_")
		if tongue == "zh" && (encoding == "" || encoding == "utf8" || encoding == "utf-8") {
			return cause.Chinese
		}
		return cause.English
	}
	return cause.English
}
