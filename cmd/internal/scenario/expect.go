package scenario

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

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

// expect checks one line of what must have happened.
func (r *runner) expect(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	if err := oneOf(args[0], "return", "callbacks", "cause", "outcome", "code", "explain", "log", "finding", "crash", "free", "status",
		"heard", "client"); err != nil {
		return err
	}
	want := args[1]
	switch args[0] {
	case "return":
		var got string
		if err := r.dev.Do(func() { got = r.returned }); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("the call returned %s", got)
		}
	case "callbacks":
		var got string
		if err := r.dev.Do(func() { got, r.seen = strings.Join(r.seen, ", "), nil }); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("the callbacks were %q", got)
		}
	case "log":
		var log string
		if err := r.dev.Do(func() { log = r.uart.String() }); err != nil {
			return err
		}
		if !strings.Contains(log, want) {
			return fmt.Errorf("the log is %q", log)
		}
	case "cause":
		if x := r.dev.Explain(); string(x.CauseID) != want {
			return fmt.Errorf("the cause is %q", x.CauseID)
		}
	case "outcome":
		if x := r.dev.Explain(); string(x.Outcome) != want {
			return fmt.Errorf("the outcome is %q", x.Outcome)
		}
	case "status":
		n, err := number(want, 0, levelMax)
		if err != nil {
			return err
		}
		var got uint8
		if err := r.dev.Do(func() { got = r.sdk.WifiStationGetConnectStatus() }); err != nil {
			return err
		}
		if uint64(got) != n {
			return fmt.Errorf("the status is %d", got)
		}
	case "heard":
		n, err := number(want, 0, numberMax)
		if err != nil {
			return err
		}
		if got := r.heard.Swap(0); uint64(got) != n {
			return fmt.Errorf("%d datagrams were heard", got)
		}
	case "code":
		if x := r.dev.Explain(); x.Code != want {
			return fmt.Errorf("the code is %q", x.Code)
		}
	case "explain":
		if x := r.dev.Explain().String(); !strings.Contains(x, want) {
			return fmt.Errorf("the explanation lacks it")
		}
	case "finding":
		var found []string
		for _, f := range r.dev.Findings() {
			found = append(found, f.Name)
		}
		if !slices.Contains(found, want) {
			return fmt.Errorf("the findings are %v", found)
		}
	case "crash":
		c := r.dev.Crash()
		if c == nil || !strings.Contains(c.Why, want) {
			return fmt.Errorf("the crash is %+v", c)
		}
	case "free":
		return r.expectFree(want)
	case "client":
		if len(args) != 3 || r.clients[args[1]] == nil {
			return errWords
		}
		switch err := r.clients[args[1]].err; {
		case args[2] == "ok" && err != nil:
			return err
		case args[2] != "ok" && (err == nil || !strings.Contains(err.Error(), args[2])):
			return fmt.Errorf("the client's error is %v", err)
		}
	}
	return nil
}

func (r *runner) expectFree(want string) error {
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
