package emulator_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// A phone joins the device's soft-AP and tells it which access point to use: the device joins that.
func Example_softAP() {
	d, err := emulator.New(emulator.Config{NoAutoConnect: true, Association: -1,
		AccessPoint: wifi.AccessPoint{SSID: "home", Password: "secret123"}})
	if err != nil {
		panic(err)
	}
	defer d.Close()
	online := make(chan string, 1)
	_ = d.Boot(emulator.Go(func(sdk *emulator.SDK) {
		sdk.WifiSetOpmode(wifi.StationAPMode)
		sdk.WifiSoftapSetConfig(wifi.SoftapConfig{SSID: "lamp", Channel: 6, MaxConnection: 4, BeaconInterval: 100})
		sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event == wifi.EventStamodeGotIP {
				online <- "joined " + sdk.WifiStationGetConfig().SSID
			}
		})
		server := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 80}}}
		sdk.RegistRecvcb(server, func(c *espconn.Espconn, data []byte) { // POST /wifi?SSID&password
			_, query, _ := strings.Cut(strings.Fields(string(data))[1], "?")
			ssid, password, _ := strings.Cut(query, "&")
			sdk.WifiStationSetConfig(wifi.StationConfig{SSID: ssid, Password: password})
			sdk.WifiStationConnect()
			sdk.Send(c, []byte("HTTP/1.0 200 OK\r\n\r\njoining "+ssid))
		})
		sdk.RegistSentcb(server, func(c *espconn.Espconn) { sdk.Disconnect(c) })
		sdk.Accept(server)
	}))

	phone, err := d.Network().Join(context.Background(), "phone", vnet.Membership{SSID: "lamp"})
	if err != nil {
		panic(err)
	}
	fmt.Println("the phone is", phone.Addr())
	conn, err := phone.Dial("tcp", "192.168.4.1:80")
	if err != nil {
		panic(err)
	}
	fmt.Fprint(conn, "POST /wifi?home&secret123 HTTP/1.0\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	fmt.Println(strings.Fields(string(answer))[1:3], string(answer[19:]))
	fmt.Println(<-online)
	// Output:
	// the phone is 192.168.4.2
	// [200 OK] joining home
	// joined home
}
