package surroundings

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
)

func TestAccessPoints(t *testing.T) {
	p, err := Settings{Reachable: Reachable{AP: []string{"home", `with\:colon:pass:word`, "guest:12345678"}, AnyAP: true}}.Plan()
	require.NoError(t, err)
	assert.Equal(t, []wifi.AccessPoint{{SSID: "home"}, {SSID: "with:colon", Password: "pass:word"},
		{SSID: "guest", Password: "12345678"}}, p.AccessPoints)
	var c emulator.Config
	p.Configure(&c)
	assert.Equal(t, "home", c.AccessPoint.SSID)
	assert.Len(t, c.Neighbors, 2)
	assert.True(t, c.AnyAccessPoint)
	assert.False(t, p.Live())
}

func TestPlaces(t *testing.T) {
	p, err := Settings{Reachable: Reachable{
		DNS: []string{"Fixed.Example.=10.0.0.9", "free.example"},
		Allow: []string{"broker.example:8883", "other.example:8883", "80=localhost:8080", "api.example:443=localhost:8443",
			"api.example:80=[::1]:8080", "fixed.example:1=localhost:1", "192.0.2.7:25", "10.0.0.55:80=127.0.0.1:81", "udp:127.0.0.1:514"},
	}}.Plan()
	require.NoError(t, err)
	assert.True(t, p.Live())
	var got []string
	for _, a := range p.Allow {
		got = append(got, a.Protocol()+" "+a.Device.String()+" "+a.Real)
	}
	assert.Equal(t, []string{
		"tcp 10.0.0.1:8883 broker.example:8883", "tcp 198.51.100.2:8883 broker.example:8883",
		"tcp 198.51.100.3:8883 other.example:8883", // 10.0.0.1:8883 is the first one's
		"tcp 10.0.0.1:80 localhost:8080",
		"tcp 198.51.100.4:443 localhost:8443", "tcp 198.51.100.4:80 [::1]:8080",
		"tcp 10.0.0.9:1 localhost:1",
		"tcp 10.0.0.1:25 192.0.2.7:25", "tcp 192.0.2.7:25 192.0.2.7:25",
		"tcp 10.0.0.55:80 127.0.0.1:81",
		"udp 10.0.0.1:514 127.0.0.1:514",
	}, got)
	assert.Equal(t, "api.example", p.NameOf(netip.MustParseAddr("198.51.100.4")))
	assert.Equal(t, "free.example", p.NameOf(netip.MustParseAddr("198.51.100.1")))
	assert.Equal(t, "", p.NameOf(netip.MustParseAddr("10.0.0.1")))
}

func TestStatic(t *testing.T) {
	for text, want := range map[string]string{
		"192.168.1.100":    "192.168.1.0/24",
		"172.16.5.9/16":    "172.16.0.0/16",
		"10.0.7.7":         "10.0.0.0/16",
		"10.1.7.7":         "10.1.7.0/24",
		"192.168.4.130/26": "192.168.4.128/26",
	} {
		p, err := Settings{Static: []string{text}}.Plan()
		require.NoError(t, err, text)
		assert.Equal(t, want, p.Subnet.String(), text)
		assert.Equal(t, p.Subnet.Addr().Next(), p.Gateway())
	}
	p, err := Settings{Static: []string{"192.168.1.100", "192.168.1.101"}, Reachable: Reachable{Allow: []string{"localhost:80"}}}.Plan()
	require.NoError(t, err)
	assert.Equal(t, "192.168.1.1:80", p.Allow[0].Device.String())
}

func TestForward(t *testing.T) {
	p, err := Settings{Hostfwd: []string{"8443=443", "udp::5000=7", "[::1]:0=80", "0.0.0.0:1=2"}}.Plan()
	require.NoError(t, err)
	var got []string
	for _, f := range p.Forward {
		got = append(got, f.Protocol()+" "+f.Real)
	}
	assert.Equal(t, []string{"tcp 127.0.0.1:8443", "udp 127.0.0.1:5000", "tcp [::1]:0", "tcp 0.0.0.0:1"}, got)
}

func TestWrongSettingsSayWhatToGive(t *testing.T) {
	for want, s := range map[string]Settings{
		"--ap : an SSID has 1 to 32 bytes":                 {Reachable: Reachable{AP: []string{""}}},
		"--ap home:short: a password has 8 to 64 bytes":    {Reachable: Reachable{AP: []string{"home:short"}}},
		"--dns http://x/: ":                                {Reachable: Reachable{DNS: []string{"http://x/"}}},
		"--dns a..b: \"a..b\" is no name":                  {Reachable: Reachable{DNS: []string{"a..b"}}},
		"--dns a=b: \"b\" is no IPv4 address":              {Reachable: Reachable{DNS: []string{"a=b"}}},
		"--dns a=::1: \"::1\" is no IPv4 address":          {Reachable: Reachable{DNS: []string{"a=::1"}}},
		"--dns A=1.2.3.5: the name has an address already": {Reachable: Reachable{DNS: []string{"a=1.2.3.4", "A=1.2.3.5"}}},
		"--allow nohost: give HOST:PORT":                   {Reachable: Reachable{Allow: []string{"nohost"}}},
		"--allow 0=host:1: \"0\" is no port":               {Reachable: Reachable{Allow: []string{"0=host:1"}}},
		"--allow x.y=host:1: \"x.y\" is no place":          {Reachable: Reachable{Allow: []string{"x.y=host:1"}}},
		"--allow [::2]:5=host:1: the device speaks IPv4":   {Reachable: Reachable{Allow: []string{"[::2]:5=host:1"}}},
		"--allow 192.168.1.7:5=h:1: 192.168.1.7 is the dev": {
			Reachable: Reachable{Allow: []string{"192.168.1.7:5=h:1"}}, Static: []string{"192.168.1.7"}},
		"--hostfwd 80: give PORT=DEVICEPORT":                 {Hostfwd: []string{"80"}},
		"--hostfwd 80=x: \"x\" is no port":                   {Hostfwd: []string{"80=x"}},
		"--static 1.2.3: give an IPv4 address":               {Static: []string{"1.2.3"}},
		"--static 1.2.3.4/31: give an IPv4 address with":     {Static: []string{"1.2.3.4/31"}},
		"--static 192.168.1.1: 192.168.1.1 is the network's": {Static: []string{"192.168.1.1"}},
		"--static 10.9.9.9: the addresses are in two":        {Static: []string{"192.168.1.7", "10.9.9.9"}},
	} {
		_, err := s.Plan()
		assert.ErrorContains(t, err, want)
	}
}

func TestParsePassages(t *testing.T) {
	for s, want := range map[string]string{
		"broker:8883":         "tcp 10.0.0.1:8883 broker:8883",
		"1883=broker:8883":    "tcp 10.0.0.1:1883 broker:8883",
		"udp:53=9.9.9.9:5353": "udp 10.0.0.1:53 9.9.9.9:5353",
		"tcp:[::1]:443":       "tcp 10.0.0.1:443 [::1]:443",
		"broker":              "",
		":80":                 "",
		"host:port":           "",
		"99999=broker:1":      "",
		"udp:x=broker:1":      "",
		"broker:1=":           "",
	} {
		plan, err := Settings{Reachable: Reachable{Allow: []string{s}}}.Plan()
		if want == "" {
			assert.Error(t, err, s)
			continue
		}
		require.NoError(t, err, s)
		p := plan.Allow[0]
		assert.Equal(t, want, p.Protocol()+" "+p.Device.String()+" "+p.Real)
	}
	for s, want := range map[string]string{
		"8443=443":         "tcp 127.0.0.1:8443 443",
		"0=80":             "tcp 127.0.0.1:0 80",
		"udp:0.0.0.0:5=6":  "udp 0.0.0.0:5 6",
		"[::1]:8443=443":   "tcp [::1]:8443 443",
		":8443=443":        "tcp 127.0.0.1:8443 443",
		"8443":             "",
		"8443=0":           "",
		"x=443":            "",
		"host:x=443":       "",
		"1.2.3.4:5:6=7":    "",
		"127.0.0.1:70000=": "",
	} {
		plan, err := Settings{Hostfwd: []string{s}}.Plan()
		if want == "" {
			assert.Error(t, err, s)
			continue
		}
		require.NoError(t, err, s)
		p := plan.Forward[0]
		assert.Equal(t, want, p.Protocol()+" "+p.Real+" "+strconv.Itoa(int(p.Device.Port())))
	}
}

func TestFlagsAreOverTheFile(t *testing.T) {
	flags := Settings{Reachable: Reachable{AP: []string{"flag"}, Allow: []string{"80=localhost:1"}}}
	file := Settings{Reachable: Reachable{AP: []string{"file"}, AnyAP: true, DNS: []string{"a.example"},
		Allow: []string{"80=localhost:2", "81=localhost:2"}}}
	p, err := flags.Over(file).Plan()
	require.NoError(t, err)
	assert.Equal(t, []wifi.AccessPoint{{SSID: "flag"}}, p.AccessPoints)
	assert.True(t, p.AnyAP)
	assert.Len(t, p.Names, 1)
	require.Len(t, p.Allow, 2)
	assert.Equal(t, "localhost:1", p.Allow[0].Real)
	assert.Equal(t, 81, int(p.Allow[1].Device.Port()))
}
