package espconn_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn"
)

func TestErr(t *testing.T) {
	assert.Equal(t, "ESPCONN_MEM", espconn.MEM.String())
	assert.Equal(t, "16", espconn.Err(16).String())
	assert.NoError(t, espconn.OK.Err())
	err := fmt.Errorf("connect: %w", espconn.RST.Err())
	assert.ErrorIs(t, err, espconn.RST.Err())
	assert.NotErrorIs(t, err, espconn.MEM.Err())
	var e *espconn.Error
	assert.True(t, errors.As(err, &e))
	assert.Equal(t, espconn.RST, e.Code)
	assert.Equal(t, "ESPCONN_RST", e.Name)
}

func TestProfiles(t *testing.T) {
	for _, p := range espconn.Profiles() {
		got, ok := espconn.ProfileByName(p.Name)
		assert.True(t, ok)
		assert.Equal(t, p, got)
	}
	p, ok := espconn.ProfileByName("sdk306")
	assert.True(t, ok)
	assert.Equal(t, "SDK306", p.Name)
	_, ok = espconn.ProfileByName("SDK999")
	assert.False(t, ok)
	assert.Equal(t, "ManualV21", espconn.New(newBareEnv(), espconn.Profile{}).Profile().Name)
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range espconn.Rules() {
		assert.False(t, seen[r.ID], r.ID)
		seen[r.ID] = true
		assert.NotEmpty(t, r.Source, r.ID)
		assert.NotEmpty(t, r.Device, r.ID)
		assert.NotEmpty(t, r.Text, r.ID)
		assert.NotEmpty(t, r.Fix, r.ID)
		got, ok := espconn.RuleByID(r.ID)
		assert.True(t, ok)
		assert.Equal(t, r, got)
	}
	_, ok := espconn.RuleByID("no-such-rule")
	assert.False(t, ok)
	assert.GreaterOrEqual(t, len(seen), 25)
}

// TestEventsOfCall: a call is reported with its arguments, its result and the change of state in between.
func TestEventsOfCall(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	c := tcp("10.0.0.9", 443, 0)
	rig.SecureConnect(c)
	rig.SecureDisconnect(c)
	rig.run()
	var got []string
	for _, e := range rig.events {
		got = append(got, e.String())
	}
	assert.Equal(t, []string{
		"espconn_secure_connect(espconn 1)",
		"espconn 1 state NONE -> WAIT",
		"espconn_secure_connect = 0",
		"espconn_secure_disconnect(espconn 1)",
		"espconn 1 state WAIT -> CLOSE",
		"espconn_secure_disconnect = 0",
	}, got)
}

// TestEventText: the zero Event and every kind have a text.
func TestEventText(t *testing.T) {
	for k := espconn.EventCall; k <= espconn.EventEnded; k++ {
		for cb := espconn.Connect; cb <= espconn.WriteFinish; cb++ {
			assert.NotEmpty(t, espconn.Event{Kind: k, Callback: cb}.String())
		}
	}
}
