package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLanguageOf: the first variable that is set decides; an encoding that cannot show the text is no Chinese.
func TestLanguageOf(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", "en"}, {"", "", "zh_CN.UTF-8", "zh"}, {"", "", "zh_CN", "zh"}, {"", "", "zh", "zh"}, {"", "", "zh-Hans-CN", "zh"},
		{"", "", "zh_CN.utf8", "zh"}, {"", "", "zh_TW.UTF-8@radical", "zh"}, {"", "", "zh_CN.GBK", "en"}, {"", "", "en_US.UTF-8", "en"},
		{"", "", "zha_CN.UTF-8", "en"}, {"", "zh_CN.UTF-8", "de_DE", "zh"}, {"", "C", "zh_CN.UTF-8", "en"},
		{"POSIX", "zh_CN", "zh_CN", "en"}, {"zh_SG.UTF-8", "C", "C", "zh"},
	} {
		set := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		assert.Equal(t, c.want, languageOf(func(name string) string { return set[name] }).String(), "%+v", c)
	}
}
