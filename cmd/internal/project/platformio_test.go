package project

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlatformIO(t *testing.T) {
	ini, err := ParseINI("platformio.ini", []byte(`
[platformio]
default_envs = two, one
src_dir = source
[common]
flags = -DCOMMON ; why
[base]
board_build.ldscript = eagle.flash.1m.ld
[env]
framework = esp8266-nonos-sdk
build_flags = -DALL
[env:one]
board = esp12e
[env:two]
extends = base
build_flags =
  ${common.flags}
  ${env.build_flags} -D 'TEXT="a b"'
  # a comment
  -Iinc -I more -U OLD -std=gnu11 -include forced.h -Wl,-Map,x -Os
lib_extra_dirs = libs
`))
	require.NoError(t, err)
	p, err := ini.PlatformIOBuild("")
	require.NoError(t, err)
	assert.Equal(t, PIO{Env: "two", Framework: "esp8266-nonos-sdk", Sources: "source", Includes: "include", Libraries: []string{"lib",
		"libs"},
		Defines: []string{"COMMON", "ALL", `TEXT="a b"`}, Folders: []string{"inc", "more"},
		Flags: []string{"-UOLD", "-std=gnu11", "-include", "forced.h"}, FlashMap: 2}, p)
	p, err = ini.PlatformIOBuild("one")
	require.NoError(t, err)
	assert.Equal(t, []string{"ALL"}, p.Defines)
	assert.Equal(t, 4, p.FlashMap)
	_, err = ini.PlatformIOBuild("three")
	assert.EqualError(t, err, `there is no environment "three": one of one, two`)

	for text, want := range map[string]string{
		"a = b\n":             "x.ini:1: a section",
		"[env:a]\n  more\n":   "x.ini:2: nothing goes on here",
		"[env:a]\nnonsense\n": `x.ini:2: "nonsense": OPTION = VALUE is wanted`,
	} {
		_, err := ParseINI("x.ini", []byte(text))
		assert.ErrorContains(t, err, want)
	}
	ini, err = ParseINI("x.ini", []byte("[env:a]\nbuild_flags = -D'open\nframework = ${env:a.framework}\n"))
	require.NoError(t, err)
	_, err = ini.PlatformIOBuild("a")
	assert.ErrorContains(t, err, "is not closed")
	assert.Empty(t, ini.Get("env:a", "framework"), "what refers to itself ends")
	_, err = INI{}.PlatformIOBuild("")
	assert.ErrorContains(t, err, "no environment")
}

// Nothing in a platformio.ini or a project's file makes the readers fall.
func FuzzReaders(f *testing.F) {
	f.Add("[env:a]\nbuild_flags = -D A -I\n")
	f.Add("sources = ['a']\n[network]\nap = ['x']\n")
	f.Add("[make]\n[make]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if ini, err := ParseINI("x", []byte(text)); err == nil {
			_, _ = ini.PlatformIOBuild("")
		}
		if p, err := Parse("x", []byte(text)); err == nil {
			p.Excluded()
			p.Image(p.Engine)
		}
	})
}
