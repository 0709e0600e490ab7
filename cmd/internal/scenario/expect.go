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
	if err := r.boot(); err != nil {
		return err
	}
	want := args[1]
	switch args[0] {
	case "return":
		if r.returned != want {
			return fmt.Errorf("the call returned %s", r.returned)
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
	default:
		return errWords
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
