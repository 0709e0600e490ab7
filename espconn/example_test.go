package espconn_test

import (
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/espconn"
)

// SDK 3.0.6 without one of its bugs: a search for a certificate that is not there ends.
func ExampleTLS() {
	p := espconn.SDK306()
	m := p.TLS.(espconn.MbedTLS)
	m.ScanLoops = false
	p.TLS = m
	fmt.Println(p.Name, "with", p.TLS)
	// Output: SDK306 with late mbedTLS
}

// A result of the SDK as a Go error.
func ExampleErr_Err() {
	err := espconn.RST.Err()
	fmt.Println(err)
	fmt.Println(errors.Is(err, espconn.RST.Err()), espconn.OK.Err())
	// Output:
	// espconn: ESPCONN_RST (-9)
	// true <nil>
}

// What a finding means and what to do about it.
func ExampleRuleByID() {
	rule, ok := espconn.RuleByID(espconn.RuleSendBeforeSent)
	fmt.Println(ok, rule.ID)
	fmt.Println("found: ", rule.Text)
	fmt.Println("device:", rule.Device)
	fmt.Println("fix:   ", rule.Fix)
	// Output:
	// true send-before-sent
	// found:  a send before the connect callback, or before the sent callback of the send before
	// device: refuses the send: ESPCONN_INPROGRESS of a secure connection, ESPCONN_MAXNUM of a plain one
	// fix:    queue the data and send it from the sent callback
}
