package virtual

import (
	"errors"
	"io"
	"reflect"
	"time"
)

// noTests is what package testing asks of the go command. Nothing of it is needed to run one function.
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

func (noTests) ImportPath() string                          { return "github.com/emu8266/emu8266/emulator/virtual" }
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
