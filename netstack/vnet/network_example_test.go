package vnet_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"

	"github.com/emu8266/emu8266/netstack/vnet"
)

// An ordinary web server and client on a virtual Ethernet.
func ExampleNetwork() {
	n := vnet.New(vnet.Options{})
	defer n.Close()

	listener, err := n.Host("www", netip.Addr{}).Listen("tcp", ":80")
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello from ", r.Host)
	})}
	go func() { _ = server.Serve(listener) }()

	client := n.Host("laptop", netip.Addr{})
	web := http.Client{Transport: &http.Transport{DialContext: client.DialContext, DisableKeepAlives: true}}
	response, err := web.Get("http://www/")
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(response.Body)
	fmt.Println(string(body), err)
	// Output: hello from www <nil>
}
