package machine

import (
	"fmt"
	"io"
	"time"

	"github.com/emu8266/emu8266/emulator/internal/radio"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// Config is what the SDK's services need to know; emulator.Config explains the fields.
type Config struct {
	Profile espconn.Profile
	KeyLog  io.Writer // nil: nobody
	Clock   uint32    // 0: not set
}

// Machine is all that firmware runs on between two resets: the system on chip, the radio with the network stack, and the
// services of the SDK above them. It belongs to the device goroutine.
type Machine struct {
	cfg   *Config
	soc   *soc.System
	radio *radio.Radio
	api   *espconn.API // nil until somebody needs it
	conns Conns        // nil: accepted connections are Go structs
	boot  bootClock

	ping     *ping // nil: none is under way
	pingSeq  uint16
	pingSeen int       // the last answered
	pingRan  time.Time // when one of its waits last ran out
	download *download // the last upgrade; nil before the first
}

// New makes the machine of a boot. cfg outlives it.
func New(cfg *Config, s *soc.System, r *radio.Radio) *Machine {
	m := &Machine{cfg: cfg, soc: s, radio: r}
	s.Attach(network{r, m})
	return m
}

// network is the radio as the loop sees it.
type network struct {
	*radio.Radio
	m *Machine
}

// Halt ends the API with the stack under it.
func (n network) Halt() {
	n.Radio.Halt()
	n.m.api = nil
}

// SoC returns the system on chip.
func (m *Machine) SoC() *soc.System { return m.soc }

// Radio returns the radio.
func (m *Machine) Radio() *radio.Radio { return m.radio }

// Espconn returns the device's espconn API over the Go network stack, making both on first use.
func (m *Machine) Espconn() *espconn.API {
	if m.api == nil {
		m.radio.Stack()
		m.api = espconn.New(&env{m, map[espconn.Ref]connBlocks{}}, m.cfg.Profile)
	}
	return m.api
}

// SNTP returns the network stack's SNTP client.
func (m *Machine) SNTP() *netstack.SNTP { return m.radio.Stack().SNTP() }

// LogKeys writes the master secret of a TLS connection to Config.KeyLog.
func (m *Machine) LogKeys(clientRandom, master []byte) {
	if w := m.cfg.KeyLog; w != nil {
		fmt.Fprintf(w, "CLIENT_RANDOM %x %x\n", clientRandom, master)
	}
}

// Conns makes and frees the espconn of accepted connections where the firmware's other espconns live.
type Conns interface {
	// NewConn makes a struct espconn with its esp_tcp in the device's heap; without memory it is nil, and the error is
	// espconn.ErrNoEspconn or espconn.ErrNoTCP.
	NewConn() (espconn.Ref, error)
	// FreeConn gives one back.
	FreeConn(espconn.Ref)
}

// SetConns says who makes the espconn of accepted connections. Without it they are Go structs.
func (m *Machine) SetConns(c Conns) { m.conns = c }
