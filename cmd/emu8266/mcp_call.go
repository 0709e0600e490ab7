package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// scenarioName is the name of a scenario of the library.
var scenarioName = lazyregexp.New(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// toolCall is a command line that is being put together; the first mistake stays.
type toolCall struct {
	server  *mcpServer
	limit   time.Duration
	args    []string
	in      string
	temp    map[string]string // files to remove, and what results call them
	shorten func([]byte) []byte
	err     error
}

func (s *mcpServer) newCall(limit time.Duration, args ...string) *toolCall {
	return &toolCall{server: s, limit: limit, args: args}
}

func (c *toolCall) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// done returns the call, or the first mistake.
func (c *toolCall) done() (*toolCall, error) {
	if c.err != nil {
		c.end()
		return nil, c.err
	}
	return c, nil
}

// end removes what the call had written.
func (c *toolCall) end() {
	for name := range c.temp {
		_ = os.Remove(name)
	}
	c.temp = nil
}

func (c *toolCall) flag(name string, on bool) {
	if on {
		c.args = append(c.args, name)
	}
}

// text gives a flag; "" leaves it out.
func (c *toolCall) text(flag, value string) {
	if value == "" {
		return
	}
	if len(value) > toolInputMax || strings.ContainsRune(value, 0) {
		c.fail("%s: the text is too long, or has a NUL", strings.TrimLeft(flag, "-"))
		return
	}
	c.args = append(c.args, flag+"="+value)
}

func (c *toolCall) texts(flag string, values []string) {
	for _, v := range values {
		c.text(flag, v)
	}
}

// files gives files or folders of the project that are there, with a flag, or as arguments without one.
func (c *toolCall) files(flag string, names []string) {
	for _, name := range names {
		if err := c.server.inside(name); err != nil {
			c.fail("%w", err)
			return
		}
		c.file(flag, name)
	}
}

// output gives a file of the project that may be there already.
func (c *toolCall) output(flag, name string) {
	if name == "" {
		return
	}
	err := c.server.inside(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, link := c.server.root.Lstat(name); link == nil { // one that leads nowhere, yet
			err = outside(name)
		} else {
			err = c.server.inside(filepath.Dir(name))
		}
	}
	if err != nil {
		c.fail("%w", err)
		return
	}
	c.file(flag, name)
}

// file adds a name that cannot be taken for a flag.
func (c *toolCall) file(flag, name string) {
	name = "." + string(filepath.Separator) + filepath.Clean(name)
	if flag != "" {
		name = flag + "=" + name
	}
	c.args = append(c.args, name)
}

// temporary gives a text as a file, which results call by another name.
func (c *toolCall) temporary(form, called, text string) {
	if len(text) > toolInputMax {
		c.fail("the text has more than %d bytes", toolInputMax)
		return
	}
	f, err := os.CreateTemp("", "emu8266-mcp-*")
	if err != nil {
		c.fail("%w", err)
		return
	}
	if c.temp == nil {
		c.temp = map[string]string{}
	}
	c.temp[f.Name()] = called
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		c.fail("%w", err)
	}
	c.args = append(c.args, fmt.Sprintf(form, f.Name()))
}

// named puts the names of temporary files right, which JSON writes with two backslashes where the system has one.
func (c *toolCall) named(text string) string {
	for name, called := range c.temp {
		text = strings.NewReplacer(name, called, strings.ReplaceAll(name, `\`, `\\`), called).Replace(text)
	}
	return text
}

// stdin gives a text to the command.
func (c *toolCall) stdin(text string) {
	if len(text) > toolInputMax {
		c.fail("the text has more than %d bytes", toolInputMax)
	}
	c.in = text
}

func outside(name string) error {
	return fmt.Errorf("%s leads out of the project's folder: give a file in it", name)
}

// inside says whether a name is a file or folder of the project, links followed.
func (s *mcpServer) inside(name string) error {
	if name == "" {
		return fmt.Errorf("which file? Give its name in the project's folder")
	}
	if !filepath.IsLocal(name) {
		return outside(name)
	}
	_, err := s.root.Stat(name)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is not in the project's folder: %w", name, fs.ErrNotExist)
	default: // Root refuses links that lead out
		return outside(name)
	}
}

// insideFolder refuses projects with links that lead out: a compiler would follow them.
func (s *mcpServer) insideFolder() error {
	n := 0
	return fs.WalkDir(s.root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if n++; n > folderMax {
			return fmt.Errorf("the project's folder has more than %d files: start emu8266 mcp with a smaller one", folderMax)
		}
		switch {
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			return s.inside(path)
		}
		return nil
	})
}

// boundedBuffer keeps the beginning of what is written.
type boundedBuffer struct {
	bytes.Buffer
	most int
	lost int
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	n := min(len(p), b.most-b.Len())
	b.lost += len(p) - n
	_, _ = b.Buffer.Write(p[:n])
	return len(p), nil
}

// runKept bounds what is kept of a command's output before it is shortened, in bytes: the text of a run's result may be textKept long, and
// each byte of it six in JSON.
const runKept = 8 * textKept

// call runs the command. failed says that it could not do its work; a device that fails is no failure of the tool.
func (s *mcpServer) call(ctx context.Context, c *toolCall) (text string, failed bool, err error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return "", true, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.self, c.args...)
	cmd.Dir = s.folder
	if !s.trust {
		cmd.Env = append(os.Environ(), withinVariable+"="+s.folder)
	}
	cmd.Stdin = strings.NewReader(c.in)
	cmd.WaitDelay = 2 * time.Second
	out, errs := &boundedBuffer{most: runKept}, &boundedBuffer{most: toolOutputMax / 4}
	cmd.Stdout, cmd.Stderr = out, errs
	err = cmd.Run()
	if ctx.Err() == context.DeadlineExceeded {
		return "", true, fmt.Errorf("ended after %v: ask for less", c.limit)
	}
	exit := new(exec.ExitError)
	if err != nil && !errors.As(err, &exit) {
		return "", true, err
	}
	said := c.named(strings.TrimSpace(errs.String()))
	if err != nil && exit.ExitCode() == exitUsage {
		return "", true, errors.New(strings.TrimPrefix(said, "emu8266: "))
	}
	result := out.Bytes()
	if c.shorten != nil {
		result = c.shorten(result)
	}
	text = bounded(c.named(strings.ToValidUTF8(string(result), "\uFFFD")), out.lost)
	if said != "" {
		text = strings.TrimLeft(text+"\n"+said, "\n")
	}
	if err != nil && exit.ExitCode() < 0 {
		return text, true, nil
	}
	return text, len(result) == 0 && err != nil, nil
}

// bounded is the beginning of a result that is too long.
func bounded(text string, lost int) string {
	if len(text) > toolOutputMax {
		n := toolOutputMax
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text, lost = text[:n], lost+len(text)-n
	}
	if lost > 0 {
		text += fmt.Sprintf("\n... and %d bytes more, which are left out", lost)
	}
	return text
}
