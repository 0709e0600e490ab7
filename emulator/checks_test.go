package emulator_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// Each misuse of a system call, and nothing else, is found at its line.
func TestFindingsOfSystemCalls(t *testing.T) {
	rows := map[string]func(*emulator.SDK){
		espconn.RuleTimerFunction: func(s *emulator.SDK) { s.OsTimerArm(&emulator.OsTimer{}, 10, false) },
		espconn.RuleTimerArmed: func(s *emulator.SDK) {
			timer := &emulator.OsTimer{}
			s.OsTimerSetfn(timer, func() {})
			s.OsTimerArm(timer, 10, false)
			s.OsTimerSetfn(timer, func() {})
		},
		espconn.RuleTimerFine: func(s *emulator.SDK) {
			timer := &emulator.OsTimer{}
			s.OsTimerSetfn(timer, func() {})
			s.OsTimerArmUs(timer, 500, false)
		},
		espconn.RuleTimerRange: func(s *emulator.SDK) {
			timer := &emulator.OsTimer{}
			s.OsTimerSetfn(timer, func() {})
			s.OsTimerArm(timer, chip.TimerMax+1, false)
		},
		espconn.RuleTaskNone: func(s *emulator.SDK) { s.SystemOsPost(1, 0, 0) },
		espconn.RuleTaskQueue: func(s *emulator.SDK) {
			s.SystemOsTask(func(chip.OsEvent) {}, 0, make([]chip.OsEvent, 1))
			s.SystemOsPost(0, 1, 0)
			s.SystemOsPost(0, 2, 0)
		},
		espconn.RuleFlashAlign: func(s *emulator.SDK) { s.SpiFlashWrite(0x7B002, []byte{1, 2, 3, 4}) },
		espconn.RuleFlashErased: func(s *emulator.SDK) {
			s.SpiFlashWrite(0x7B000, []byte{0, 0, 0, 0})
			s.SpiFlashWrite(0x7B000, []byte{1, 2, 3, 4})
		},
		espconn.RuleFlashSystem: func(s *emulator.SDK) { s.SpiFlashEraseSector(0x3FB) },
		espconn.RuleBadFree: func(s *emulator.SDK) {
			block := s.OsMalloc(100)
			s.OsFree(block)
			s.OsFree(block)
		},
	}
	for rule, misuse := range rows {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1})
			require.NoError(t, d.Boot(emulator.Go(misuse)))
			found := d.Findings()
			if assert.Len(t, found, 1, rule) {
				assert.Equal(t, rule, found[0].Name)
				assert.Regexp(t, `checks_test\.go:\d+$`, found[0].Where)
			}
		})
	}
}

// The last free sector before the system's area, whole words and an erased sector are no findings.
func TestNoFindingsOfGoodSystemCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Checks: emulator.ChecksFail})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.SpiFlashEraseSector(0x3FA)
			s.SpiFlashWrite(0x3FA000, []byte{1, 2, 3, 4})
			s.SpiFlashWrite(0x3FA000, []byte{0, 2, 3, 4})
			s.OsFree(0)
			s.OsFree(s.OsMalloc(1))
		})))
		assert.Empty(t, d.Findings())
	})
}

// recorder is a test that notes what is said to it.
type recorder struct {
	testing.TB
	mu           sync.Mutex // guards errors and logs; to be read when the device is closed (end)
	errors, logs []string
	cleanup      []func()
}

func (r *recorder) Helper()           {}
func (r *recorder) Name() string      { return "recorder" }
func (r *recorder) Cleanup(fn func()) { r.cleanup = append(r.cleanup, fn) }

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.errors) > 0
}

func (r *recorder) Logf(f string, a ...any)   { r.note(&r.logs, fmt.Sprintf(f, a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.note(&r.errors, fmt.Sprintf(f, a...)) }

// Output takes lines as they are; one write is one of them.
func (r *recorder) Output() io.Writer { return noted{r} }

type noted struct{ r *recorder }

func (n noted) Write(b []byte) (int, error) {
	n.r.note(&n.r.logs, strings.TrimSuffix(string(b), "\n"))
	return len(b), nil
}

func (r *recorder) note(to *[]string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*to = append(*to, text)
}

func (r *recorder) end() {
	for _, fn := range r.cleanup {
		fn()
	}
}

// ChecksFail fails the test with the rule's device behaviour and fix, ChecksRecord records, ChecksOff does nothing.
func TestChecksModes(t *testing.T) {
	for mode, want := range map[emulator.Checks]struct{ errors, findings int }{
		emulator.ChecksRecord: {0, 1}, emulator.ChecksOff: {0, 0}, emulator.ChecksFail: {1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &recorder{}
			d := emulator.NewTest(r, emulator.Config{Seed: 1, Checks: mode})
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { s.SecureSetSize(1, 9000) })))
			time.Sleep(time.Second)
			r.end()
			assert.Len(t, r.errors, want.errors)
			assert.Len(t, d.Findings(), want.findings)
			for _, e := range r.errors {
				rule, _ := espconn.RuleByID(espconn.RuleSizeRange)
				for _, part := range []string{rule.ID, rule.Source, rule.Device, rule.Fix, "checks_test.go:", "size 9000"} {
					assert.True(t, strings.Contains(e, part), "%q lacks %q", e, part)
				}
			}
		})
	}
}
