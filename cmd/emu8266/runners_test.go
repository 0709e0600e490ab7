package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// blocks are the code blocks of docs/runners.md in a language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(repoRoot, "docs", "runners.md"))
	require.NoError(t, err)
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		found = append(found, m[1])
	}
	require.NotEmpty(t, found, "docs/runners.md has no block of %s", language)
	return found
}

// withCommand is the environment with the command under test first on PATH.
func withCommand(t *testing.T, more ...string) []string {
	t.Helper()
	dir := filepath.Dir(process(t).Path)
	return append(append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH")), more...)
}

func TestPytestFixtureOfThePage(t *testing.T) {
	needTool(t, "pytest-3")
	dir := projectWith(t, "machine.wasm", "hello-tls-2048.wasm")
	for _, text := range blocks(t, "python") {
		name, _, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	cmd := exec.Command("pytest-3", "-q", "-p", "no:cacheprovider")
	cmd.Dir, cmd.Env = dir, withCommand(t)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "2 passed")
}

const unitFirmware = `#include "osapi.h"
#include "user_interface.h"

static void wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP)
		os_printf("got ip\n");
}

void user_init(void)
{
	wifi_set_event_handler_cb(wifi);
}
`

const unitTest = `#include <assert.h>

void test_sum(void)
{
	assert(1 + 1 == SUM);
}
`

// cProject is a project with a test that passes if sum is 2.
func cProject(t *testing.T, sum string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"firmware/user/user_main.c": unitFirmware, "firmware/test/sum.c": strings.ReplaceAll(unitTest, "SUM", sum),
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestShellExampleOfThePage(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	dir := cProject(t, "2")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "firmware", "test")))
	cmd := exec.Command("sh", "-c", blocks(t, "sh")[0])
	cmd.Dir, cmd.Env = dir, withCommand(t)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.FileExists(t, filepath.Join(dir, "emu8266-junit.xml"))
}

// The PlatformIO example's command line is one that run takes; the ELF file of its build is played by an image.
func TestPlatformIOExampleOfThePage(t *testing.T) {
	_, text, found := strings.Cut(blocks(t, "ini")[0], "test_testing_command =\n")
	require.True(t, found)
	args := strings.Fields(strings.ReplaceAll(text, "${platformio.build_dir}/${this.__env__}/firmware.elf", firmware("machine.wasm")))
	require.Equal(t, "emu8266", args[0])
	args[len(args)-1] = "got ip"
	out, err := process(t, args[1:]...).Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "got ip", "PlatformIO reads stdout")
}

// The steps of the composite Action, as a runner would run them, in a clean folder.
func TestActionSteps(t *testing.T) {
	t.Parallel()
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	needTool(t, "bash")
	action, err := os.ReadFile(filepath.Join(repoRoot, ".github", "actions", "emu8266", "action.yml"))
	require.NoError(t, err)
	var steps []string
	for _, m := range regexp.MustCompile(`(?m)^      run: \|\n((?:        .*\n)+)`).FindAllStringSubmatch(string(action), -1) {
		steps = append(steps, strings.ReplaceAll(m[1], "\n        ", "\n"))
	}
	require.Len(t, steps, 3)
	temp := t.TempDir()
	path := filepath.Join(temp, "path")
	for _, c := range []struct {
		sum    string
		passes bool
	}{{"2", true}, {"3", false}} {
		dir := cProject(t, c.sum)
		env := append(os.Environ(), "SOURCE="+repoRoot, "RUNNER_TEMP="+temp, "GITHUB_PATH="+path, "GITHUB_ACTIONS=true",
			"GITHUB_WORKSPACE="+dir, "FOLDER=firmware", "ARGS=--repeat 2", "JUNIT=result.xml")
		for i, step := range steps {
			if i == 0 && !c.passes {
				continue // it is built
			}
			if added, err := os.ReadFile(path); err == nil {
				env = append(env, "PATH="+strings.TrimSpace(string(added))+":"+os.Getenv("PATH"))
			}
			cmd := exec.Command("bash", "-eo", "pipefail", "-c", step)
			cmd.Dir, cmd.Env = dir, env
			out, err := cmd.CombinedOutput()
			if i == 2 && !c.passes {
				assert.Error(t, err)
				assert.Contains(t, string(out), "::error file=firmware/test/sum.c,line=5")
				continue
			}
			require.NoError(t, err, "%s: %s", step, out)
		}
		assert.FileExists(t, filepath.Join(dir, "result.xml"))
	}
}
