//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command is the command line as a process of its own, which is killed after a minute.
func command(t *testing.T, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd, stderr = exec.CommandContext(ctx, "emu8266", args...), &bytes.Buffer{}
	cmd.Stderr = stderr
	cmd.WaitDelay = time.Second
	return cmd, stderr
}

// A command that takes its time, interrupted: one line, exit code 1, and nothing half made in the folder.
func TestInterruptedCommandLeavesNothing(t *testing.T) {
	for name, sig := range map[string]os.Signal{"SIGINT": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			// The process may be so slow to start that it does not listen yet: then it has longer the next time.
			patience := 200 * time.Millisecond
			for try := 0; ; try++ {
				dir := t.TempDir()
				cmd, stderr := command(t, "certs", "--bits", "4096", "--dir", dir)
				require.NoError(t, cmd.Start())
				time.Sleep(patience)
				require.NoError(t, cmd.Process.Signal(sig))
				_ = cmd.Wait()
				if !cmd.ProcessState.Exited() && try < 12 {
					patience = min(2*patience, 5*time.Second)
					continue
				}
				if cmd.ProcessState.Success() && try < 12 { // the keys were made before the signal came: luck, or a quick machine
					patience /= 3
					continue
				}
				assert.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
				assert.Equal(t, "emu8266: interrupted\n", stderr.String())
				left, err := os.ReadDir(dir)
				require.NoError(t, err)
				assert.Empty(t, left)
				return
			}
		})
	}
}

// Two runs of certs in one folder: one waits for the other, both work.
func TestCertsTwiceAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all []*exec.Cmd
	var errs []*bytes.Buffer
	for range 4 {
		cmd, stderr := command(t, "certs", "--bits", "512", "--dir", dir)
		require.NoError(t, cmd.Start())
		all, errs = append(all, cmd), append(errs, stderr)
	}
	for i, cmd := range all {
		assert.NoError(t, cmd.Wait(), "%s", errs[i])
	}
	cmd, stderr := command(t, "certs", "--clean", "--dir", dir)
	require.NoError(t, cmd.Run(), "%s", stderr)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left, "what all of them made is on record")
}

// `emu8266 run | head -1`: at its next line the run ends as with Ctrl-C, and what it writes is whole.
func TestReaderThatGoesAway(t *testing.T) {
	dir := t.TempDir()
	trace := filepath.Join(dir, "t.jsonl")
	firmware := filepath.Join(repoRoot, "testdata", "firmware", "mqtt-client.wasm")
	cmd, stderr := command(t, "run", firmware, "--timeout", "0", "--trace", trace)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = bufio.NewReaderSize(out, 16).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, out.Close())
	require.NoError(t, cmd.Wait(), "%s", stderr)
	assert.Contains(t, stderr.String(), "ok: the device ran for")
	b, err := os.ReadFile(trace)
	require.NoError(t, err)
	assert.True(t, bytes.HasSuffix(b, []byte("}\n")))

	cmd, stderr = command(t, "sdk", "functions")
	out, err = cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, out.Close())
	require.Error(t, cmd.Run())
	assert.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
	assert.Empty(t, stderr.String())
}

// What cannot be printed is an error, not a success without output.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		require.NotEqual(t, "linux", runtime.GOOS, "%v", err)
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	for _, args := range [][]string{{"decode", "-114"}, {"checks"}, {"sdk", "functions"}, {"--help"}} {
		cmd, stderr := command(t, args...)
		cmd.Stdout = full
		require.Error(t, cmd.Run(), "%v", args)
		assert.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
		assert.Contains(t, stderr.String(), "no space left", "%v", args)
	}
	image := filepath.Join(repoRoot, "testdata", "firmware", "faults.wasm")
	trace := filepath.Join(t.TempDir(), "a.jsonl")
	require.NoError(t, os.WriteFile(trace, []byte(`{"seq":1,"device":"dev","at":1,"source":"uart","kind":"line","text":"a"}`+"\n"), 0o600))
	differs, said := command(t, "compare", trace, filepath.Join(filepath.Dir(trace), "b.jsonl"))
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(trace), "b.jsonl"),
		[]byte(`{"seq":1,"device":"dev","at":1,"source":"uart","kind":"line","text":"b"}`+"\n"), 0o600))
	differs.Stdout = full
	require.Error(t, differs.Run())
	assert.Equal(t, exitFailed, differs.ProcessState.ExitCode())
	assert.Contains(t, said.String(), "no space left", "the difference is not told")
	cmd, stderr := command(t, "run", "--timeout", "1ms", "--serial-log", full.Name(), image)
	require.Error(t, cmd.Run(), "what the device printed is not in the file")
	assert.Contains(t, stderr.String(), "no space left")
}

// A pipe or a device file in the place of an image is refused: it would be replaced, /dev/null for all programs of the machine.
func TestImageOverWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe, source := filepath.Join(dir, "pipe"), filepath.Join(dir, "a.c")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(source, []byte("void user_init(void) {}\n"), 0o600))
	refused := func(exit int, args ...string) {
		cmd, stderr := command(t, args...)
		require.Error(t, cmd.Run(), "%v", args)
		assert.Equal(t, exit, cmd.ProcessState.ExitCode())
		assert.Contains(t, stderr.String(), "is there and is no file")
		info, err := os.Stat(pipe)
		require.NoError(t, err)
		assert.Equal(t, os.ModeNamedPipe, info.Mode().Type())
	}
	refused(exitFailed, "flash", "create", pipe, "--force")
	needTool(t, "clang")
	refused(exitUsage, "build", "-o", pipe, source, "--cache", filepath.Join(dir, "cache"))
}

// A command that takes its time with its own end - here it writes into a pipe that is full and that nobody reads - is ended.
func TestInterruptedCommandThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(name, 0o600))
	pipe, err := syscall.Open(name, syscall.O_RDWR|syscall.O_NONBLOCK, 0)
	require.NoError(t, err)
	defer func() { _ = syscall.Close(pipe) }()
	for n := 1; n > 0; {
		n, err = syscall.Write(pipe, make([]byte, 4096))
	}
	require.ErrorIs(t, err, syscall.EAGAIN, "the pipe is full")
	for patience := 300 * time.Millisecond; ; patience *= 2 { // as above
		cmd, stderr := command(t, "demo", "--trace", name)
		require.NoError(t, cmd.Start())
		time.Sleep(patience)
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		_ = cmd.Wait()
		early := !cmd.ProcessState.Exited() || stderr.String() == "emu8266: interrupted\n" // it had not come to the pipe
		if early && patience < 5*time.Second {
			continue
		}
		assert.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
		assert.Equal(t, "emu8266: interrupted, and did not end within 10s\n", stderr.String())
		return
	}
}

// An input that never comes, that of a pipe without a writer, is not waited for after SIGTERM; one that comes is read once, as a pipe is.
func TestInputsFromPipes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	silent, pipe := filepath.Join(dir, "silent"), filepath.Join(dir, "pipe")
	require.NoError(t, syscall.Mkfifo(silent, 0o600))
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	image := filepath.Join(repoRoot, "testdata", "firmware", "boots.wasm")
	for _, args := range [][]string{
		{"run", silent}, {"run", "--input", silent, image}, {"debug", silent}, {"compare", silent, silent},
		{"fleet", "run", "--script", silent, image}, {"run", "--trace", silent, image},
	} {
		for patience := 200 * time.Millisecond; ; patience *= 2 {
			cmd, stderr := command(t, args...)
			require.NoError(t, cmd.Start())
			time.Sleep(patience)
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
			_ = cmd.Wait()
			if !cmd.ProcessState.Exited() && patience < 10*time.Second {
				continue // so slow to start that it did not listen yet
			}
			assert.Equal(t, exitFailed, cmd.ProcessState.ExitCode(), "%v", args)
			assert.Equal(t, "emu8266: interrupted\n", stderr.String(), "%v: it ends at once", args)
			break
		}
	}
	cmd, stderr := command(t, "run", "--timeout", "1ms", pipe)
	require.NoError(t, cmd.Start())
	b, err := os.ReadFile(image)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(pipe, b, 0))
	assert.NoError(t, cmd.Wait(), "%s", stderr.String())
}
