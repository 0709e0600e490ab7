package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-dap"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The files that init --vscode writes start the debugger as Visual Studio Code does: the task before the launch, the adapter of the
// extension, the launch configuration with its variables filled in. A break point is reached.
func TestLaunchOfVSCode(t *testing.T) {
	needTool(t, "xtensa-lx106-elf-gcc")
	folder := tempProject(t, map[string]string{"user/main.c": `#include "osapi.h"
#include "user_interface.h"
static int twice(int n)
{
	return 2 * n;
}
void user_init(void)
{
	int seven = 7;
	os_printf("doubled %d\n", twice(seven));
}
`})
	start := func(program string, args ...string) *exec.Cmd {
		require.Equal(t, "emu8266", program)
		cmd := exec.CommandContext(t.Context(), process(t).Path, args...)
		cmd.Dir, cmd.Stderr = folder, os.Stderr
		return cmd
	}
	require.NoError(t, start("emu8266", "init", "--vscode").Run())

	var launches struct{ Configurations []map[string]any }
	var tasks struct {
		Tasks []struct {
			Label, Type, Command string
			Args                 []string
		}
	}
	var extension struct {
		Contributes struct {
			Debuggers []struct {
				Type, Program string
				Args          []string
			}
		}
	}
	for file, into := range map[string]any{"launch.json": &launches, "tasks.json": &tasks, "extensions/emu8266/package.json": &extension} {
		b, err := os.ReadFile(filepath.Join(folder, ".vscode", file))
		require.NoError(t, err)
		filled, err := json.Marshal(filepath.ToSlash(folder))
		require.NoError(t, err)
		text := strings.ReplaceAll(string(b), "${workspaceFolder}", strings.Trim(string(filled), `"`))
		assert.NotContains(t, text, "${", "a variable that this test does not know")
		require.NoError(t, json.Unmarshal([]byte(text), into), file)
	}
	require.Len(t, launches.Configurations, 1)
	launch := launches.Configurations[0]
	before := false
	for _, task := range tasks.Tasks {
		if task.Label == launch["preLaunchTask"] {
			before = true
			assert.Equal(t, "process", task.Type)
			require.NoError(t, start(task.Command, append(task.Args, "--cache", sharedCache)...).Run())
		}
	}
	require.True(t, before, "no task has the name in preLaunchTask")
	require.Len(t, extension.Contributes.Debuggers, 1)
	adapter := extension.Contributes.Debuggers[0]
	require.Equal(t, adapter.Type, launch["type"])

	cmd := start(adapter.Program, adapter.Args...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	stop := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	e := &dapEditor{t: t, in: in, out: bufio.NewReader(out)}
	e.ask("initialize", map[string]any{"adapterID": adapter.Type, "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"})
	delete(launch, "preLaunchTask")
	e.ask("launch", launch)
	e.until(func(m dap.Message) bool { _, ok := m.(*dap.InitializedEvent); return ok })
	source := map[string]any{"path": filepath.Join(folder, "user", "main.c")}
	set := e.ask("setBreakpoints", map[string]any{"source": source, "breakpoints": []any{map[string]any{"line": 5}}})
	points := set.(*dap.SetBreakpointsResponse).Body.Breakpoints
	require.Len(t, points, 1)
	assert.True(t, points[0].Verified)
	e.ask("configurationDone", map[string]any{})
	stopped := e.until(func(m dap.Message) bool { _, ok := m.(*dap.StoppedEvent); return ok }).(*dap.StoppedEvent)
	assert.Equal(t, "breakpoint", stopped.Body.Reason)
	frames := e.ask("stackTrace", map[string]any{"threadId": stopped.Body.ThreadId}).(*dap.StackTraceResponse).Body.StackFrames
	require.GreaterOrEqual(t, len(frames), 2)
	assert.Equal(t, []any{"twice", 5, "user_init", 10}, []any{frames[0].Name, frames[0].Line, frames[1].Name, frames[1].Line})
	assert.Equal(t, filepath.Join(folder, "user", "main.c"), frames[0].Source.Path, "what the editor opens")
	value := e.ask("evaluate", map[string]any{"expression": "n", "frameId": frames[0].Id, "context": "watch"}).(*dap.EvaluateResponse)
	assert.Equal(t, "7", value.Body.Result)
	e.ask("continue", map[string]any{"threadId": stopped.Body.ThreadId})
	e.until(func(m dap.Message) bool {
		o, ok := m.(*dap.OutputEvent)
		return ok && strings.Contains(o.Body.Output, "doubled 14")
	})
	e.ask("disconnect", map[string]any{"terminateDebuggee": true})
	require.NoError(t, in.Close())
	_, err = io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
}

// dapEditor speaks to a debug adapter.
type dapEditor struct {
	t     *testing.T
	in    io.Writer
	out   *bufio.Reader
	asked int
	early []dap.Message // events that came before an answer
}

// ask sends a request and returns its answer, which must be a success.
func (e *dapEditor) ask(command string, arguments any) dap.Message {
	e.t.Helper()
	e.asked++
	text, err := json.Marshal(map[string]any{"seq": e.asked, "type": "request", "command": command, "arguments": arguments})
	require.NoError(e.t, err)
	require.NoError(e.t, dap.WriteBaseMessage(e.in, text))
	for {
		m, err := dap.ReadProtocolMessage(e.out)
		require.NoError(e.t, err, command)
		answer, ok := m.(dap.ResponseMessage)
		if !ok {
			e.early = append(e.early, m)
			continue
		}
		require.Equal(e.t, e.asked, answer.GetResponse().RequestSeq, command)
		require.True(e.t, answer.GetResponse().Success, "%s: %s", command, answer.GetResponse().Message)
		return m
	}
}

// until reads up to an event.
func (e *dapEditor) until(is func(dap.Message) bool) dap.Message {
	e.t.Helper()
	for {
		var m dap.Message
		if len(e.early) > 0 {
			m, e.early = e.early[0], e.early[1:]
		} else {
			var err error
			m, err = dap.ReadProtocolMessage(e.out)
			require.NoError(e.t, err, "before the event")
		}
		if is(m) {
			return m
		}
	}
}
