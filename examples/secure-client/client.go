// Package secureclient is firmware in the shape of the SDK's secure client examples: wait for an address, connect with
// espconn_secure_connect, send one message, print the answer, disconnect from a task, and try again by a timer when
// the connection fails.
package secureclient

import (
	"net/netip"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// retryMs is the time between a failure and the next try, in milliseconds.
const retryMs = 1000

// Client is the firmware's data, in C its static variables. Set the exported fields before boot; from then on it
// belongs to the device.
type Client struct {
	Server  netip.AddrPort // where to connect
	Size    uint16         // TLS buffer, 1 to 8192 bytes
	Message string         // at most 1,024 bytes; the server is expected to echo it
	Retries int            // how often to try again after a failure

	CASector uint32 // flash sector of esp_ca_cert.bin, with which the server is checked; 0: it is not
	Plain    bool   // as the SDK's demos without CLIENT_SSL_ENABLE or MQTT_SSL_ENABLE: plain TCP

	sdk      *emulator.SDK
	conn     espconn.Espconn
	tcp      espconn.TCP
	retry    emulator.OsTimer
	received int
}

// Init is user_init.
func (c *Client) Init(sdk *emulator.SDK) {
	c.sdk = sdk
	sdk.OsPrintf("user_init, %u bytes of heap free\n", sdk.SystemGetFreeHeapSize())
	sdk.SystemOsTask(c.disconnectTask, 0, make([]chip.OsEvent, 1))
	sdk.OsTimerSetfn(&c.retry, c.connect)
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP {
			sdk.OsPrintf("got ip %s\n", e.IP)
			c.connect()
		}
	})
}

func (c *Client) connect() {
	sdk := c.sdk
	c.received = 0
	c.tcp = espconn.TCP{LocalPort: int(sdk.Port()), RemoteIP: c.Server.Addr().As4(), RemotePort: int(c.Server.Port())}
	c.conn = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &c.tcp}}
	sdk.RegistConnectcb(&c.conn, c.onConnect)
	sdk.RegistReconcb(&c.conn, c.onReconnect)
	sdk.RegistDisconcb(&c.conn, c.onDisconnect)

	if c.Plain {
		sdk.OsPrintf("connect to %s\n", c.Server)
		if ret := sdk.Connect(&c.conn); ret != espconn.OK {
			sdk.OsPrintf("espconn_connect failed: %d\n", ret)
		}
		return
	}
	if c.CASector != 0 {
		sdk.SecureCaEnable(1, c.CASector)
	}
	if !sdk.SecureSetSize(1, c.Size) {
		sdk.OsPrintf("espconn_secure_set_size(1, %d) failed\n", c.Size)
		return
	}
	sdk.OsPrintf("connect to %s, buffer %d bytes\n", c.Server, c.Size)
	if ret := sdk.SecureConnect(&c.conn); ret != espconn.OK {
		sdk.OsPrintf("espconn_secure_connect failed: %d\n", ret)
	}
}

func (c *Client) onConnect(conn *espconn.Espconn) {
	c.sdk.OsPrintf("connect callback, %u bytes of heap free\n", c.sdk.SystemGetFreeHeapSize())
	c.sdk.RegistRecvcb(conn, c.onRecv)
	c.sdk.RegistSentcb(conn, c.onSent)
	if c.Plain { // the functions of TLS and of TCP must not be mixed (manual V2.1 5)
		c.sdk.Send(conn, []byte(c.Message))
	} else {
		c.sdk.SecureSend(conn, []byte(c.Message))
	}
}

func (c *Client) onSent(*espconn.Espconn) { c.sdk.OsPrintf("sent callback\n") }

func (c *Client) onRecv(_ *espconn.Espconn, data []byte) {
	c.sdk.OsPrintf("recv callback, %d bytes: %s\n", len(data), data)
	if c.received += len(data); c.received >= len(c.Message) {
		c.sdk.SystemOsPost(0, 0, 0) // never disconnect inside a callback (manual V2.1 5.7)
	}
}

func (c *Client) disconnectTask(chip.OsEvent) {
	if c.Plain {
		c.sdk.Disconnect(&c.conn)
	} else {
		c.sdk.SecureDisconnect(&c.conn)
	}
}

func (c *Client) onDisconnect(*espconn.Espconn) { c.sdk.OsPrintf("disconnect callback\n") }

func (c *Client) onReconnect(_ *espconn.Espconn, err espconn.Err) {
	c.sdk.OsPrintf("reconnect callback, err %d\n", err)
	if c.Retries > 0 {
		c.Retries--
		c.sdk.OsTimerArm(&c.retry, retryMs, false)
	}
}
