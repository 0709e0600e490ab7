package emulator

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// ArtifactsEnv names the environment variable with the folder for the reports of failing tests: a folder in it for each test. go test
// -artifacts does the same with the folder that it chooses.
const ArtifactsEnv = "EMU8266_ARTIFACTS"

// artifactHint is what a failing test says when nobody has asked for a report.
const artifactHint = "for a report of this run, a page with its capture: go test -artifacts, or " + ArtifactsEnv + "=DIR"

// artifacts is what a test keeps for the report of its failure; nil keeps nothing.
type artifacts struct {
	test    string
	folder  func() (string, error)
	capture *vnet.Capture
	frames  boundedBuffer
}

// newArtifacts begins to keep if the user wants reports.
func newArtifacts(tb TB, n *vnet.Network) (*artifacts, error) {
	a := &artifacts{test: tb.Name()}
	asked := flag.Lookup("test.artifacts")
	own, hasOwn := tb.(interface{ ArtifactDir() string })
	switch dir := os.Getenv(ArtifactsEnv); {
	case dir != "":
		a.folder = func() (string, error) {
			dir := filepath.Join(dir, fileName(tb.Name()))
			return dir, os.MkdirAll(dir, 0o777)
		}
	case asked != nil && asked.Value.String() == "true" && hasOwn:
		a.folder = func() (string, error) { return own.ArtifactDir(), nil }
	default:
		return nil, nil
	}
	var err error
	a.capture, err = n.Capture(&a.frames)
	return a, err
}

// write writes the page and the capture of a device and returns the page's name.
func (a *artifacts) write(d *Device) (string, error) {
	dir, err := a.folder()
	if err != nil {
		return "", err
	}
	if err := a.capture.Close(); err != nil {
		return "", err
	}
	frames := a.frames.Bytes()
	r, err := report.New([]report.Device{{Name: d.Name(), Events: d.Trace().Events(), Unchecked: d.Unchecked()}},
		report.Options{FailedTest: a.test, Secrets: d.Passwords(), Capture: frames,
			Command: "go test -run '^" + strings.ReplaceAll(a.test, "/", "$/^") + "$'"})
	if err != nil {
		return "", err
	}
	page, err := writeNew(dir, fileName(d.Name()), ".html", r.HTML())
	if err != nil {
		return "", err
	}
	shared, _, err := vnet.Redact(frames, vnet.Redaction{}, 0)
	if err == nil {
		_, err = writeNew(dir, fileName(d.Name()), ".pcapng", shared)
	}
	return page, err
}

// artifactsMax bounds the files of one name in a folder. Choice: a test with more devices says enough with these.
const artifactsMax = 100

// writeNew writes a file that is not there yet: NAME.html, NAME-2.html, ...
func writeNew(dir, name, suffix string, b []byte) (path string, err error) {
	for i := 1; i <= artifactsMax; i++ {
		path = filepath.Join(dir, name+suffix)
		if i > 1 {
			path = filepath.Join(dir, fmt.Sprintf("%s-%d%s", name, i, suffix))
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(b)
		return path, errors.Join(err, f.Close())
	}
	return "", fmt.Errorf("%s: %d files are there already", path, artifactsMax)
}

// fileName is a name without what a file's must not have.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, name)
	if name = strings.TrimLeft(name, "."); name == "" {
		name = "device"
	}
	return name[:min(len(name), 100)]
}

// boundedBuffer keeps the beginning of what is written to it, as much as a report may carry twice: what is cut off of the frames does
// not count.
type boundedBuffer struct {
	bytes.Buffer
	over bool
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.over = b.over || b.Len()+len(p) > 2*report.AttachMax; b.over {
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
