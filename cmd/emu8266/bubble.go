package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// inBubble runs fn in virtual time, which passes as fast as the work in it allows and begins on 2000-01-01. Package
// testing is the only way into testing/synctest; this is the only file of the product that imports it. What testing
// itself prints ("PASS") is discarded. fn must end what it started, and must not wait for anything outside.
func inBubble(fn func() error) error {
	quiet, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer quiet.Close()
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil { // testing reads its own flags there; these are not the command's
		return err
	}
	stdout := os.Stdout
	os.Stdout = quiet
	defer func() { os.Stdout = stdout }()

	result := errors.New("the virtual time did not start")
	code := testing.MainStart(noTests{}, []testing.InternalTest{{Name: "emu8266", F: func(t *testing.T) {
		synctest.Test(t, func(*testing.T) { result = fn() })
	}}}, nil, nil, nil).Run()
	if code != 0 && result == nil {
		result = fmt.Errorf("the virtual time ended with code %d", code)
	}
	return result
}

// noTests is what testing asks of the go command. Nothing of it is needed to run one function.
type noTests struct{}

type corpusEntry = struct {
	Parent     string
	Path       string
	Data       []byte
	Values     []any
	Generation int
	IsSeed     bool
}

var errNoFuzzing = errors.New("fuzzing is not possible here")

func (noTests) ImportPath() string                          { return "github.com/emu8266/emu8266/cmd/emu8266" }
func (noTests) ModulePath() string                          { return "github.com/emu8266/emu8266" }
func (noTests) MatchString(string, string) (bool, error)    { return true, nil }
func (noTests) SetPanicOnExit0(bool)                        {}
func (noTests) StartCPUProfile(io.Writer) error             { return nil }
func (noTests) StopCPUProfile()                             {}
func (noTests) StartTestLog(io.Writer)                      {}
func (noTests) StopTestLog() error                          { return nil }
func (noTests) WriteProfileTo(string, io.Writer, int) error { return nil }
func (noTests) CheckCorpus([]any, []reflect.Type) error     { return nil }
func (noTests) ResetCoverage()                              {}
func (noTests) SnapshotCoverage()                           {}

func (noTests) CoordinateFuzzing(time.Duration, int64, time.Duration, int64, int, []corpusEntry, []reflect.Type, string, string) error {
	return errNoFuzzing
}
func (noTests) RunFuzzWorker(func(corpusEntry) error) error { return errNoFuzzing }
func (noTests) ReadCorpus(string, []reflect.Type) ([]corpusEntry, error) {
	return nil, errNoFuzzing
}
func (noTests) InitRuntimeCoverage() (string, func(string, string) (string, error), func() float64) {
	return "", nil, nil
}
