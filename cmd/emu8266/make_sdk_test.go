package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A folder of the SDK that a Makefile sets and that this machine does not have is replaced; one that is here, in the project or not, and a
// variable that is no path, are left.
func TestAuthorsSDK(t *testing.T) {
	here := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(here, "include"), 0o755))
	for line, want := range map[string][]string{
		"SDK := /opt/none/sdk":                       {"SDK"},
		"export ESPSDK=~/esp/sdk":                    {"ESPSDK"},
		"  SDKDIR = $(HOME)/sdk_v2 # the author's":   {"SDKDIR"},
		"VENDOR_SDK_DIR ::= C:\\Espressif\\SDK":      {"VENDOR_SDK_DIR"},
		"SDKPATH = ../sdk\nSDKPATH = /opt/none":      {"SDKPATH"},
		"SDK = $(TOP)/own":                           nil,
		"SDK = own/":                                 nil,
		"SDK = " + here:                              nil,
		"SDK ?= /opt/none":                           nil, // the environment's goes before it
		"SDK = 2.0.0":                                nil,
		"# SDK = /opt/none\nSDKS = /a/b\nX = $(SDK)": nil,
	} {
		project := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(project, "own", "include"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(project, "Makefile"), []byte(line+"\n"), 0o644))
		assert.Equal(t, want, (&makeTree{copy: project}).authorsSDK(), line)
	}
}
