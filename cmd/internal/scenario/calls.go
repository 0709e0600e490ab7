package scenario

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/sdk"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// call is a function of the SDK that the firmware calls, on the device goroutine.
type call struct {
	usage string   // its words
	help  string   // the function of the SDK
	args  []uint64 // the largest number that each argument may be; word: it is one
	more  int      // so many of the last arguments may be left out
	waits bool     // the take waits a little behind it
	do    func(r *runner, a arguments) (result string, err error)
}

// word marks an argument that is no number.
const word = 0

// arguments are those of a call: each as a word, and as a number if it is one.
type arguments struct {
	words   []string
	numbers []uint32
}

// text returns a word that may be left out.
func (a arguments) text(i int) string {
	if i < len(a.words) {
		return a.words[i]
	}
	return ""
}

func (c call) name() string {
	name, _, _ := strings.Cut(c.usage, " ")
	return name
}

func findCall(name string) (call, bool) {
	for _, c := range calls {
		if c.name() == name {
			return c, true
		}
	}
	return call{}, false
}

func code(e espconn.Err) (string, error) { return strconv.Itoa(int(e)), nil }

func truth(ok bool) (string, error) { return strconv.FormatBool(ok), nil }

// calls are all of them.
var calls = []call{
	{"set_size LEVEL N", "espconn_secure_set_size", []uint64{levelMax, sizeMax}, 0, false, func(r *runner, a arguments) (string, error) {
		return truth(r.sdk.SecureSetSize(uint8(a.numbers[0]), uint16(a.numbers[1])))
	}},
	{"ca_enable LEVEL SECTOR", "espconn_secure_ca_enable", []uint64{levelMax, sectorMax}, 0, false,
		func(r *runner, a arguments) (string, error) {
			return truth(r.sdk.SecureCaEnable(uint8(a.numbers[0]), a.numbers[1]))
		}},
	{"cert_req_enable LEVEL SECTOR", "espconn_secure_cert_req_enable", []uint64{levelMax, sectorMax}, 0, false,
		func(r *runner, a arguments) (string, error) {
			return truth(r.sdk.SecureCertReqEnable(uint8(a.numbers[0]), a.numbers[1]))
		}},
	{"certificate KEY", "set_default_certificate and _private_key, a key of espconn/testpki", []uint64{word}, 0, false,
		func(r *runner, a arguments) (string, error) {
			der, err := certificate("scenario device", a.words[0], keyCA, 0)
			if err != nil {
				return "", err
			}
			k, err := privateKey(a.words[0])
			if err != nil {
				return "", err
			}
			return truth(r.sdk.SecureSetDefaultCertificate(der) && r.sdk.SecureSetDefaultPrivateKey(k))
		}},
	{"connect", "espconn_secure_connect", nil, 0, true, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.SecureConnect(r.conn))
	}},
	{"accept", "espconn_secure_accept", nil, 0, false, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.SecureAccept(r.accepts))
	}},
	{"send N", "espconn_secure_send", []uint64{sizeMax}, 0, true, func(r *runner, a arguments) (string, error) {
		return code(r.sdk.SecureSend(r.target(), make([]byte, a.numbers[0])))
	}},
	{"disconnect", "espconn_secure_disconnect", nil, 0, true, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.SecureDisconnect(r.target()))
	}},
	{"plain_connect", "espconn_connect", nil, 0, true, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.Connect(r.conn))
	}},
	{"plain_accept", "espconn_accept", nil, 0, false, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.Accept(r.accepts))
	}},
	{"plain_send N", "espconn_send", []uint64{sizeMax}, 0, true, func(r *runner, a arguments) (string, error) {
		return code(r.sdk.Send(r.target(), make([]byte, a.numbers[0])))
	}},
	{"plain_disconnect", "espconn_disconnect", nil, 0, true, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.Disconnect(r.target()))
	}},
	{"max_con N", "espconn_tcp_set_max_con", []uint64{levelMax}, 0, false, func(r *runner, a arguments) (string, error) {
		return code(r.sdk.TcpSetMaxCon(uint8(a.numbers[0])))
	}},
	{"max_con_allow N", "espconn_tcp_set_max_con_allow", []uint64{levelMax}, 0, false, func(r *runner, a arguments) (string, error) {
		return code(r.sdk.TcpSetMaxConAllow(r.accepts, uint8(a.numbers[0])))
	}},
	{"max_syn N", "espconn_tcp_set_max_syn", []uint64{levelMax}, 0, false, func(r *runner, a arguments) (string, error) {
		return code(r.sdk.TcpSetMaxSyn(uint8(a.numbers[0])))
	}},
	{"regist_time SECONDS", "espconn_regist_time for all connections of the server", []uint64{sizeMax}, 0, false,
		func(r *runner, a arguments) (string, error) {
			return code(r.sdk.RegistTime(r.accepts, a.numbers[0], 0))
		}},
	{"keepalive IDLE INTERVAL COUNT", "espconn_set_opt and espconn_set_keepalive, in seconds", []uint64{sizeMax, sizeMax, levelMax}, 0,
		false, func(r *runner, a arguments) (string, error) {
			if e := r.sdk.SetOpt(r.target(), espconn.KEEPALIVE); e != espconn.OK {
				return code(e)
			}
			for i, level := range []uint8{espconn.KEEPIDLE, espconn.KEEPINTVL, espconn.KEEPCNT} {
				v := int32(a.numbers[i])
				if e := r.sdk.SetKeepalive(r.target(), level, &v); e != espconn.OK {
					return code(e)
				}
			}
			return code(espconn.OK)
		}},
	{"recv_hold", "espconn_recv_hold", nil, 0, false, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.RecvHold(r.target()))
	}},
	{"recv_unhold", "espconn_recv_unhold", nil, 0, true, func(r *runner, _ arguments) (string, error) {
		return code(r.sdk.RecvUnhold(r.target()))
	}},
	{"gethostbyname NAME", "espconn_gethostbyname; callback: dns ADDR, dns none", []uint64{word}, 0, false,
		func(r *runner, a arguments) (string, error) {
			return code(r.sdk.Gethostbyname(r.conn, a.words[0], new([4]byte), func(_ string, addr *[4]byte, _ *espconn.Espconn) {
				if addr == nil {
					r.saw("dns none")
				} else {
					r.saw("dns " + netip.AddrFrom4(*addr).String())
				}
			}))
		}},
	{"sendto ADDR PORT N", "a datagram by espconn_create and espconn_sendto", []uint64{word, sizeMax, sizeMax}, 0, false,
		(*runner).sendto},
	{"burst ADDR PORT N TIMES", "so many of them in one callback; what the last returned", []uint64{word, sizeMax, sizeMax, repeatMax}, 0,
		false, func(r *runner, a arguments) (result string, err error) {
			for range a.numbers[3] {
				if result, err = r.sendto(a); err != nil {
					break
				}
			}
			return result, err
		}},
	{"sntp ADDR", "sntp_setserver and sntp_init", []uint64{word}, 0, true, func(r *runner, a arguments) (string, error) {
		addr, err := netip.ParseAddr(a.words[0])
		if err != nil || !addr.Is4() {
			return "", mistake("%q: an IPv4 address is wanted", a.words[0])
		}
		r.sdk.SntpSetserver(0, addr)
		r.sdk.SntpInit()
		return "", nil
	}},
	{"opmode N", "wifi_set_opmode_current: 1 station, 2 soft-AP, 3 both", []uint64{3}, 0, true,
		func(r *runner, a arguments) (string, error) {
			return truth(r.sdk.WifiSetOpmodeCurrent(uint8(a.numbers[0])))
		}},
	{"station SSID [PASSWORD]", "wifi_station_set_config and wifi_station_connect", []uint64{word, word}, 1, true,
		func(r *runner, a arguments) (string, error) {
			return truth(r.sdk.WifiStationSetConfig(wifi.StationConfig{SSID: a.words[0], Password: a.text(1)}) &&
				r.sdk.WifiStationConnect())
		}},
	{"station_current SSID [PASSWORD]", "wifi_station_set_config_current and wifi_station_connect: nothing is saved",
		[]uint64{word, word}, 1, true, func(r *runner, a arguments) (string, error) {
			return truth(r.sdk.WifiStationSetConfigCurrent(wifi.StationConfig{SSID: a.words[0], Password: a.text(1)}) &&
				r.sdk.WifiStationConnect())
		}},
	{"station_connect", "wifi_station_connect", nil, 0, true, func(r *runner, _ arguments) (string, error) {
		return truth(r.sdk.WifiStationConnect())
	}},
	{"reconnect_policy 0|1", "wifi_station_set_reconnect_policy", []uint64{1}, 0, false, func(r *runner, a arguments) (string, error) {
		return truth(r.sdk.WifiStationSetReconnectPolicy(a.numbers[0] == 1))
	}},
	{"smartconfig start|stop", "smartconfig_start, _stop; callbacks: sc_wait, sc_find_channel, sc_getting, sc_link, sc_link_over",
		[]uint64{word}, 0, false, func(r *runner, a arguments) (string, error) { return r.smartconfig(a.words[0]) }},
	{"mdns_init NAME", "espconn_mdns_init", []uint64{word}, 0, true, func(r *runner, a arguments) (string, error) {
		r.sdk.MdnsInit(&espconn.MdnsInfo{HostName: a.words[0], ServerName: "http", ServerPort: 80,
			IPAddr: r.sdk.WifiGetIPInfo(0).IP.As4()})
		return "", nil
	}},
	{"mdns_close", "espconn_mdns_close", nil, 0, false, func(r *runner, _ arguments) (string, error) {
		r.sdk.MdnsClose()
		return "", nil
	}},
	{"upgrade MILLISECONDS", "system_upgrade_start with that check_times; callback: upgrade true, upgrade false", []uint64{numberMax}, 0,
		true, func(r *runner, a arguments) (string, error) { return truth(r.upgrade(a.numbers[0])) }},
	{"timer MILLISECONDS [repeat]", "os_timer_arm; callback: timer", []uint64{numberMax, word}, 1, false,
		func(r *runner, a arguments) (string, error) {
			if again := a.text(1); again != "" && again != "repeat" {
				return "", mistake("%q: repeat is wanted", again)
			}
			t := &sdk.OsTimer{}
			r.sdk.OsTimerSetfn(t, func() { r.saw("timer") })
			r.sdk.OsTimerArm(t, a.numbers[0], a.text(1) != "")
			return "", nil
		}},
	{"timer_reinit", "system_timer_reinit", nil, 0, false, func(r *runner, _ arguments) (string, error) {
		r.sdk.SystemTimerReinit()
		return "", nil
	}},
	{"deep_sleep MICROSECONDS", "system_deep_sleep", []uint64{numberMax}, 0, true, func(r *runner, a arguments) (string, error) {
		return truth(r.sdk.SystemDeepSleep(uint64(a.numbers[0])))
	}},
	{"rtc_time", "system_get_rtc_time", nil, 0, false, func(r *runner, _ arguments) (string, error) {
		return strconv.FormatUint(uint64(r.sdk.SystemGetRtcTime()), 10), nil
	}},
	{"rtc_mem_write BLOCK N|time", "system_rtc_mem_write; time: of what system_get_rtc_time returns", []uint64{blockMax, word}, 0, false,
		func(r *runner, a arguments) (string, error) {
			v := uint64(0)
			if a.words[1] == "time" {
				v = uint64(r.sdk.SystemGetRtcTime())
			} else if n, err := number(a.words[1], 0, numberMax); err == nil {
				v = n
			} else {
				return "", mistake("%q: a number of 32 bits or time is wanted", a.words[1])
			}
			return truth(r.sdk.SystemRtcMemWrite(uint8(a.numbers[0]), binary.LittleEndian.AppendUint32(nil, uint32(v))))
		}},
	{"rtc_mem_read BLOCK", "system_rtc_mem_read", []uint64{blockMax}, 0, false, func(r *runner, a arguments) (string, error) {
		b := make([]byte, 4)
		if !r.sdk.SystemRtcMemRead(uint8(a.numbers[0]), b) {
			return "false", nil
		}
		return strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b)), 10), nil
	}},
	{"upgrade_reboot", "system_upgrade_flag_set(2) and system_upgrade_reboot: the loader starts the other slot", nil, 0, true,
		func(r *runner, _ arguments) (string, error) {
			r.sdk.SystemUpgradeFlagSet(chip.UpgradeFlagFinish)
			r.sdk.SystemUpgradeReboot()
			return "", nil
		}},
	{"cpu_freq 80|160", "system_update_cpu_freq", []uint64{160}, 0, false, func(r *runner, a arguments) (string, error) {
		return truth(r.sdk.SystemUpdateCPUFreq(uint8(a.numbers[0])))
	}},
	{"leak N", "os_malloc", []uint64{numberMax}, 0, false, func(r *runner, a arguments) (string, error) {
		return "", r.grab(a.numbers[0])
	}},
	{"hold FREE", "os_malloc of all but so many bytes", []uint64{numberMax}, 0, false, func(r *runner, a arguments) (string, error) {
		free := r.sdk.SystemGetFreeHeapSize()
		if free < 32 || free-32 < a.numbers[0] {
			return "", fmt.Errorf("only %d bytes are free", free)
		}
		return "", r.grab(free - a.numbers[0] - 16) // the block's header
	}},
	{"release", "os_free of what leak and hold took", nil, 0, false, func(r *runner, _ arguments) (string, error) {
		for _, b := range r.blocks {
			r.sdk.OsFree(b)
		}
		r.blocks = nil
		return "", nil
	}},
}

// sendto sends a datagram.
func (r *runner) sendto(a arguments) (string, error) {
	addr, err := netip.ParseAddr(a.words[0])
	if err != nil || !addr.Is4() {
		return "", mistake("%q: an IPv4 address is wanted", a.words[0])
	}
	if r.datagrams == nil {
		c := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: &espconn.UDP{LocalPort: int(r.sdk.Port())}}}
		if e := r.sdk.Create(c); e != espconn.OK {
			return code(e)
		}
		r.datagrams = c
	}
	r.datagrams.Proto.UDP.RemoteIP, r.datagrams.Proto.UDP.RemotePort = addr.As4(), int(a.numbers[1])
	return code(r.sdk.Sendto(r.datagrams, make([]byte, a.numbers[2])))
}

// grab is the firmware's os_malloc.
func (r *runner) grab(n uint32) error {
	b := r.sdk.OsMalloc(n)
	if b == 0 {
		return fmt.Errorf("no %d bytes of heap", n)
	}
	r.blocks = append(r.blocks, b)
	return nil
}

// smartconfig starts or stops listening for a phone.
func (r *runner) smartconfig(what string) (string, error) {
	switch what {
	case "stop":
		return truth(r.sdk.SmartconfigStop())
	case "start":
		return truth(r.sdk.SmartconfigStart(func(s wifi.ScStatus, d wifi.ScData) {
			names := []string{"sc_wait", "sc_find_channel", "sc_getting", "sc_link", "sc_link_over"}
			if s == wifi.ScStatusLink { // as the SDK's example does; connecting is another call
				r.sdk.WifiStationSetConfig(d.Config)
			}
			r.saw(names[s])
		}))
	}
	return "", mistake("%q: start or stop is wanted", what)
}

// upgrade fetches the image of the slot that does not run from the server.
func (r *runner) upgrade(checkTimes uint32) bool {
	return r.sdk.SystemUpgradeStart(&sdk.UpgradeServerInfo{
		IP: r.serverAddr().Addr().As4(), Port: serverPort, CheckTimes: checkTimes,
		URL: fmt.Sprintf("GET /user%d.bin HTTP/1.1\r\nHost: %s\r\n\r\n", 2-r.sdk.SystemUpgradeUserbinCheck(), r.serverAddr().Addr()),
		CheckCb: func(s *sdk.UpgradeServerInfo) {
			r.saw(fmt.Sprintf("upgrade %v", s.UpgradeFlag))
			if s.UpgradeFlag {
				r.sdk.SystemUpgradeReboot()
			}
		},
	})
}

// prepare reads a call of the firmware; what it returns runs on the device goroutine.
func (r *runner) prepare(name string, words []string) (func() (string, error), error) {
	c, ok := findCall(name)
	if !ok {
		return nil, unknown(name)
	}
	if len(words) > len(c.args) || len(words) < len(c.args)-c.more {
		return nil, mistake("%s is wanted", c.usage)
	}
	a := arguments{words, make([]uint32, len(words))}
	for i, w := range words {
		if c.args[i] == word {
			continue
		}
		n, err := number(w, 0, c.args[i])
		if err != nil {
			return nil, err
		}
		a.numbers[i] = uint32(n)
	}
	return func() (string, error) { return c.do(r, a) }, nil
}

// call lets the firmware call the SDK now.
func (r *runner) call(name string, words []string) error {
	do, err := r.prepare(name, words)
	if err != nil {
		return err
	}
	if e := r.dev.Do(func() { r.returned, err = do() }); e != nil {
		return e
	}
	if c, _ := findCall(name); c.waits {
		r.settle()
	}
	return err
}

// on lets the firmware call the SDK in each callback of a kind.
func (r *runner) on(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	if err := r.clientOnly("on"); err != nil {
		return err
	}
	if err := oneOf(args[0], callbacks...); err != nil {
		return err
	}
	do, err := r.prepare(args[1], args[2:])
	if err != nil {
		return err
	}
	return r.dev.Do(func() {
		r.hooks[args[0]] = func() {
			var e error
			r.returned, e = do()
			r.hooked = errors.Join(r.hooked, e)
		}
	})
}

// callbacks are the kinds of callbacks that on takes.
var callbacks = []string{"connect", "disconnect", "reconnect", "sent", "recv", "dns", "timer", "upgrade", "sc_wait", "sc_find_channel",
	"sc_getting", "sc_link", "sc_link_over"}
