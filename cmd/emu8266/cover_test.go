package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run --cover writes which lines of a compiled program ran, nothing but its debug information needed; and says what is missing without.
func TestRunCoverOfCompiledFirmware(t *testing.T) {
	needTool(t, "xtensa-lx106-elf-gcc")
	dir := t.TempDir()
	source := filepath.Join(dir, "user_main.c")
	require.NoError(t, os.WriteFile(source, []byte(`#include "osapi.h"

void user_init(void)
{
	int i;

	for (i = 0; i < 3; i++)
		os_printf("%d\n", i);
	if (i > 3)
		os_printf("never\n");
}
`), 0o666))
	image, trace := filepath.Join(dir, "app.elf"), filepath.Join(dir, "lines.lcov")
	var out, errs bytes.Buffer
	require.Equal(t, 0, run([]string{"build", "--engine", "lx106", "--test", "-o", image, source}, &out, &errs), errs.String())
	out.Reset()
	require.Equal(t, 0, run([]string{"run", image, "--cover", trace, "--timeout", "1s"}, &out, &errs), errs.String())
	assert.Equal(t, "0\n1\n2\n", out.String())
	assert.Regexp(t, `\d of \d lines ran: `, errs.String())
	b, err := os.ReadFile(trace)
	require.NoError(t, err)
	for _, line := range []string{"FNDA:1,user_init\n", "DA:8,3\n", "DA:10,0\n", "end_of_record\n"} {
		assert.Contains(t, string(b), line)
	}
	errs.Reset()
	stripped := filepath.Join(dir, "stripped.elf")
	needTool(t, "xtensa-lx106-elf-objcopy")
	require.NoError(t, exec.Command("xtensa-lx106-elf-objcopy", "--strip-debug", image, stripped).Run())
	assert.Equal(t, exitUsage, run([]string{"run", stripped, "--cover", trace, "--timeout", "1s"}, &out, &errs))
	assert.Contains(t, errs.String(), "compile with -g")
}
