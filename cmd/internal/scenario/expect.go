package scenario

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// privateKey returns a key of package testpki in the SDK's form, PKCS#1 DER.
func privateKey(name string) ([]byte, error) {
	k, err := testpki.LoadKey(name)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS1PrivateKey(k), nil
}

// expectations are what a line expect can look at, with the number of words behind the first: at least, at most.
var expectations = map[string]struct {
	least, most int
	do          func(r *runner, args []string) error
}{
	"return":     {1, 1, (*runner).expectReturn},
	"callbacks":  {1, 1, (*runner).expectCallbacks},
	"cause":      {1, 9, (*runner).expectCause},
	"outcome":    {1, 1, func(r *runner, a []string) error { return equal("outcome", string(r.dev.Explain().Outcome), a[0]) }},
	"code":       {1, 1, func(r *runner, a []string) error { return equal("code", r.dev.Explain().Code, a[0]) }},
	"explain":    {1, 1, (*runner).expectExplain},
	"log":        {1, 99, (*runner).expectLog},
	"count":      {2, 2, (*runner).expectCount},
	"finding":    {1, 1, (*runner).expectFinding},
	"crash":      {1, 1, (*runner).expectCrash},
	"event":      {1, 1, (*runner).expectEvent},
	"between":    {3, 3, (*runner).expectBetween},
	"free":       {1, 1, func(r *runner, a []string) error { return r.expectFree(a[0]) }},
	"peak":       {1, 1, func(r *runner, a []string) error { return r.expectPeak(a[0]) }},
	"leaked":     {1, 1, func(r *runner, a []string) error { return r.expectLeaked(a[0]) }},
	"status":     {1, 1, (*runner).expectStatus},
	"heard":      {1, 1, (*runner).expectHeard},
	"client":     {2, 3, (*runner).expectClient},
	"frames":     {2, 2, func(r *runner, a []string) error { return r.expectFrames(a[0], a[1]) }},
	"received":   {1, 2, (*runner).expectReceived},
	"request":    {1, 1, func(r *runner, a []string) error { return r.expectRequest(a[0]) }},
	"published":  {2, 2, func(r *runner, a []string) error { return r.expectTopic(false, a[0], a[1]) }},
	"subscribed": {1, 1, func(r *runner, a []string) error { return r.expectTopic(true, a[0], "") }},
	"flash":      {2, 2, func(r *runner, a []string) error { return r.expectFlash(a[0], a[1]) }},
	"erases":     {2, 2, func(r *runner, a []string) error { return r.expectErases(a[0], a[1]) }},
	"pin":        {2, 3, (*runner).expectPin},
	"i2c":        {2, 2, (*runner).expectI2C},
	"no":         {1, 2, (*runner).expectNo},
}

// expect checks one line of what must have happened.
func (r *runner) expect(args []string) error {
	if len(args) == 0 {
		return errWords
	}
	e, ok := expectations[args[0]]
	if !ok {
		return oneOf(args[0], slices.Sorted(maps.Keys(expectations))...)
	}
	if n := len(args) - 1; n < e.least || n > e.most {
		return errWords
	}
	return e.do(r, args[1:])
}

// equal compares a word.
func equal(what, got, want string) error {
	if got != want {
		return fmt.Errorf("the %s is %q", what, got)
	}
	return nil
}

func (r *runner) expectCause(args []string) error {
	got := string(r.dev.Explain().CauseID)
	if !slices.Contains(args, got) {
		return fmt.Errorf("the cause is %q", got)
	}
	return nil
}

func (r *runner) expectReturn(args []string) error {
	var got string
	if err := r.dev.Do(func() { got = r.returned }); err != nil {
		return err
	}
	if strings.HasPrefix(args[0], "<") || strings.HasPrefix(args[0], ">") {
		fits, err := compared(args[0])
		if err != nil {
			return err
		}
		if n, err := strconv.ParseUint(got, 10, 64); err == nil && fits(n) {
			return nil
		}
		return fmt.Errorf("the call returned %s", got)
	}
	if got != args[0] {
		return fmt.Errorf("the call returned %s", got)
	}
	return nil
}

func (r *runner) expectCallbacks(args []string) error {
	var got string
	if err := r.dev.Do(func() { got, r.seen = strings.Join(r.seen, ", "), nil }); err != nil {
		return err
	}
	if got != args[0] {
		return fmt.Errorf("the callbacks were %q", got)
	}
	return nil
}

func (r *runner) expectExplain(args []string) error {
	if x := r.dev.Explain().String(); !strings.Contains(x, args[0]) {
		return fmt.Errorf("the explanation lacks it")
	}
	return nil
}

func (r *runner) expectLog(args []string) error {
	texts, rest, err := either(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return errWords
	}
	log := r.screen.String()
	for _, t := range texts {
		if strings.Contains(log, t) {
			return nil
		}
	}
	return fmt.Errorf("the log is %q", end(log))
}

// expectCount checks how often the device has printed a text.
func (r *runner) expectCount(args []string) error {
	want, err := text(args[0])
	if err != nil {
		return err
	}
	fits, err := compared(args[1])
	if err != nil {
		return err
	}
	if want == "" {
		return mistake("a text is wanted")
	}
	if n := strings.Count(r.screen.String(), want); !fits(uint64(n)) {
		return fmt.Errorf("it was printed %d times", n)
	}
	return nil
}

func (r *runner) expectFinding(args []string) error {
	var found []string
	for _, f := range r.dev.Findings() {
		found = append(found, f.Name)
	}
	if !slices.Contains(found, args[0]) {
		if _, ok := espconn.RuleByID(args[0]); !ok {
			var ids []string
			for _, rule := range espconn.Rules() {
				ids = append(ids, rule.ID)
			}
			if n := near.Name(args[0], ids); n != "" {
				return mistake("there is no rule %q: perhaps %s is wanted", args[0], n)
			}
		}
		return fmt.Errorf("the findings are %v", found)
	}
	r.findings[args[0]] = true
	return nil
}

func (r *runner) expectCrash(args []string) error {
	c := r.dev.Crash()
	if c == nil {
		return errors.New("the firmware has not crashed")
	}
	if text := c.String(); !strings.Contains(text, args[0]) {
		return fmt.Errorf("the crash is %s", text)
	}
	r.crashed = true
	return nil
}

// event returns the first event whose line has a text.
func (r *runner) event(word string) (e trace.Event, found bool, err error) {
	want, err := text(word)
	if err != nil {
		return e, false, err
	}
	for _, e := range r.dev.Trace().Events() {
		if strings.Contains(e.String(), want) {
			return e, true, nil
		}
	}
	return e, false, nil
}

func (r *runner) expectEvent(args []string) error {
	_, found, err := r.event(args[0])
	if err == nil && !found {
		err = errors.New("the trace has no such line")
	}
	return err
}

// expectBetween checks how long after the first event with a text the next one with another came.
func (r *runner) expectBetween(args []string) error {
	var want [2]string
	for i := range want {
		var err error
		if want[i], err = text(args[i]); err != nil {
			return err
		}
	}
	how := args[2]
	if how == "" || how[0] != '<' && how[0] != '>' {
		return mistake("%q: <DURATION or >DURATION is wanted", how)
	}
	bound, err := duration(how[1:])
	if err != nil {
		return err
	}
	found, began := 0, time.Duration(0)
	for _, e := range r.dev.Trace().Events() {
		if !strings.Contains(e.String(), want[found]) {
			continue
		}
		if found++; found < len(want) {
			began = e.At
			continue
		}
		if took := e.At - began; how[0] == '<' && took >= bound || how[0] == '>' && took <= bound {
			return fmt.Errorf("it took %s", chip.Span(took))
		}
		return nil
	}
	return fmt.Errorf("the trace has no line with %q behind the one before", want[found])
}

// expectNo checks that something has not happened.
func (r *runner) expectNo(args []string) error {
	if err := oneOf(args[0], "log", "finding", "crash", "event"); err != nil {
		return err
	}
	switch args[0] {
	case "finding":
		for _, f := range r.dev.Findings() {
			if len(args) < 2 || f.Name == args[1] {
				return fmt.Errorf("finding %s at %s: %s", f.Name, f.Where, f.Text)
			}
		}
		return nil
	case "crash":
		if len(args) > 1 {
			return errWords
		}
		if c := r.dev.Crash(); c != nil {
			return fmt.Errorf("the firmware crashed: %v", c)
		}
		return nil
	}
	if len(args) != 2 {
		return errWords
	}
	if args[0] == "event" {
		e, found, err := r.event(args[1])
		if err == nil && found {
			err = fmt.Errorf("the trace has %v", e)
		}
		return err
	}
	want, err := text(args[1])
	if err != nil {
		return err
	}
	if strings.Contains(r.screen.String(), want) {
		return errors.New("it was printed")
	}
	return nil
}

func (r *runner) expectStatus(args []string) error {
	n, err := number(args[0], 0, levelMax)
	if err != nil {
		return err
	}
	var got int64
	if err := r.dev.Do(func() {
		if got = r.status; r.program == nil {
			got = int64(r.sdk.WifiStationGetConnectStatus())
		}
	}); err != nil {
		return err
	}
	if got != int64(n) {
		return fmt.Errorf("the status is %d", got)
	}
	return nil
}

func (r *runner) expectHeard(args []string) error {
	if n, err := number(args[0], 0, numberMax); err == nil {
		if got := r.heard.Swap(0); uint64(got) != n {
			return fmt.Errorf("%d datagrams were heard", got)
		}
		return nil
	}
	want, err := text(args[0])
	if err != nil {
		return err
	}
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	for _, d := range r.world.datagrams {
		if strings.Contains(d, want) {
			return nil
		}
	}
	return fmt.Errorf("the datagrams were %q", r.world.datagrams)
}

func (r *runner) expectClient(args []string) error {
	c := r.clients[args[0]]
	if c == nil {
		return errWords
	}
	if args[1] == "bytes" || args[1] == "ended" {
		return c.expect(args[1:])
	}
	if args[1] == "got" {
		if len(args) != 3 {
			return errWords
		}
		want, err := text(args[2])
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if !strings.Contains(string(c.got), want) {
			return fmt.Errorf("the client got %q", end(string(c.got)))
		}
		return nil
	}
	if len(args) != 2 {
		return errWords
	}
	switch {
	case args[1] == "ok" && c.err != nil:
		return c.err
	case args[1] != "ok" && (c.err == nil || !strings.Contains(c.err.Error(), args[1])):
		return fmt.Errorf("the client's error is %v", c.err)
	}
	return nil
}

// expectLeaked checks how many blocks of the firmware's own are not freed.
func (r *runner) expectLeaked(want string) error {
	fits, err := compared(want)
	if err != nil {
		return err
	}
	n := 0
	where := map[string]bool{}
	for _, b := range r.dev.HeapBlocks() {
		if b.Where != "" {
			n++
			where[b.Where] = true
		}
	}
	if !fits(uint64(n)) {
		return fmt.Errorf("%d blocks are not freed, of %s", n, strings.Join(slices.Sorted(maps.Keys(where)), ", "))
	}
	return nil
}

// expectPeak checks how much of the heap was in use at most, in bytes as charged.
func (r *runner) expectPeak(want string) error {
	fits, err := compared(want)
	if err != nil {
		return err
	}
	if got := r.dev.HeapStats().ChargedPeak; !fits(uint64(got)) {
		return fmt.Errorf("%d bytes were in use", got)
	}
	return nil
}

// note keeps a figure for later: note free.
func (r *runner) note(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	if err := oneOf(args[0], "free"); err != nil {
		return err
	}
	r.noted, r.hasNoted = r.dev.HeapStats().Free, true
	return nil
}

func (r *runner) expectFree(want string) error {
	if want == "noted" {
		if !r.hasNoted {
			return mistake("a line note free before is wanted")
		}
		if free := r.dev.HeapStats().Free; free != r.noted {
			return fmt.Errorf("%d bytes are free, and %d were", free, r.noted)
		}
		return nil
	}
	if want == "" || want[0] != '<' && want[0] != '>' {
		return mistake("%q: <N or >N is wanted", want)
	}
	n, err := number(want[1:], 0, numberMax)
	if err != nil {
		return err
	}
	free := uint64(r.dev.HeapStats().Free)
	if want[0] == '<' && free >= n || want[0] == '>' && free <= n {
		return fmt.Errorf("%d bytes are free", free)
	}
	return nil
}
