package espconn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The words of the golden traces (README.md of the data). A case with another word is an error that names it, not a case that is
// played as if the word were not there.
var (
	oracleObjectTypes = regexp.MustCompile(`^(tcp|udp|invalid)$`)
	oracleCallbacks   = regexp.MustCompile(`^[cxdrsf]*$`)
	oracleDeviceWhen  = regexp.MustCompile(`^(start|at \d+|(connect|reconnect|disconnect|recv|sent|finish|dns) \S+|task [012]|timer \d+)$`)
	oraclePeerKinds   = regexp.MustCompile(`^(tcp|udp|dns)$`)
	oraclePeerOpts    = regexp.MustCompile(`^(refuse|drop_syn|noarp|noack|nofin|merge|silent|wnd=\d+)$`)
	oraclePeerWhen    = regexp.MustCompile(`^(start|at \d+|est|data|fin|rst|udp|tls_hs|tls_data)$`)
	oraclePeerDo      = regexp.MustCompile(`^(connect \d+( \d+)?|resyn|send \d+|sendtext ".*"|fin|rst|mute|unmute|ack (off|on|now|delay \d+)|wnd \d+|` +
		`udp_send \d+ \d+( \d+)?|udp_reply \d+|tls_send \d+(,\d+)*( packed)?|tls_send_fin \d+|tls_notify|tls_notify_fin|` +
		`tls_alert \d+ \d+|tls_hello_request|tls_badmac \d+)$`)
	oracleTLSRoles   = regexp.MustCompile(`^(client|server)$`)
	oracleTLSRecords = regexp.MustCompile(`^(|onewrite|separate|coalesced|fragment:\d+)$`)
	oracleTLSStages  = regexp.MustCompile(`^(|wait_client_hello|got_client_hello|sent_server_hello_done|got_client_finished|sent_ccs|` +
		`start|got_server_hello_done|sent_client_key_exchange)$`)
	oracleTLSDo = regexp.MustCompile(`^(|(fin|rst|hang|alert \d+ \d+( fin)?|record \d+ \d+)( (fin|rst|hang|alert \d+ \d+( fin)?|record \d+ \d+))*)$`)
)

// words checks the words of a case; those of the device's actions are checked when they are carried out.
func (c *oracleCase) words() error {
	var errs []error
	check := func(what, word string, known *regexp.Regexp) {
		if !known.MatchString(word) {
			errs = append(errs, fmt.Errorf("%s: unknown %s %q", c.ID, what, word))
		}
	}
	for _, o := range c.Objects {
		check("type of object", o.Type, oracleObjectTypes)
		check("callbacks", o.Callbacks, oracleCallbacks)
	}
	for i := range c.Device {
		check("event of the device", c.Device[i].When, oracleDeviceWhen)
	}
	for _, p := range c.Peers {
		check("kind of peer", p.Kind, oraclePeerKinds)
		for _, o := range strings.Fields(strings.ReplaceAll(p.Opts, ",", " ")) {
			check("option of a peer", o, oraclePeerOpts)
		}
		for i := range p.Rules {
			check("event of a peer", p.Rules[i].When, oraclePeerWhen)
			for _, d := range p.Rules[i].Do {
				check("action of a peer", d, oraclePeerDo)
			}
		}
		if t := p.TLS; t != nil {
			check("role of a TLS peer", t.Role, oracleTLSRoles)
			check("records of a TLS peer", t.Records, oracleTLSRecords)
			check("stage of a TLS peer", t.Stage, oracleTLSStages)
			check("end of a TLS peer", t.Do, oracleTLSDo)
		}
	}
	return errors.Join(errs...)
}

// TestOracleWords: every case of the golden traces has known words, and an unknown one anywhere is named.
func TestOracleWords(t *testing.T) {
	for _, r := range oracleRuns() {
		assert.NoError(t, r.words())
	}
	const good = `{"ID": "x", "Objects": [{"Name": "c1", "Type": "tcp", "Callbacks": "cx"}],
		"Device": [{"When": "at 5", "Do": []}],
		"Peers": [{"Name": "p1", "Kind": "tcp", "Opts": "noack, wnd=5", "Rules": [{"When": "est", "Do": ["send 4"]}],
		"TLS": {"Role": "client", "Records": "separate", "Stage": "start", "Do": "alert 1 0"}}]}`
	read := func(text string) *oracleCase {
		c := &oracleCase{}
		require.NoError(t, json.Unmarshal([]byte(text), c))
		return c
	}
	require.NoError(t, read(good).words())
	for _, swap := range [][2]string{
		{`"Type": "tcp"`, `"Type": "raw"`}, {`"cx"`, `"cq"`}, {"at 5", "at noon"}, {`"Kind": "tcp"`, `"Kind": "sctp"`}, {"noack", "deaf"},
		{"wnd=5", "wnd=x"}, {`"est"`, `"up"`}, {"send 4", "send"}, {"send 4", "shout 4"}, {`"client"`, `"proxy"`}, {"separate", "split"},
		{`"start"`, `"begin"`}, {"alert 1 0", "alert 1"}, {"alert 1 0", "sleep"},
	} {
		text := strings.Replace(good, swap[0], swap[1], 1)
		require.NotEqual(t, good, text, swap[0])
		_, word, _ := strings.Cut(swap[1], ": ")
		if word = strings.Trim(word, `"`); word == "" {
			word = strings.Trim(swap[1], `"`)
		}
		assert.ErrorContains(t, read(text).words(), fmt.Sprintf("%q", word), swap[1])
	}
}
