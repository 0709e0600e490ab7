package vnet_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"time"

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

// Two hosts talk, and everything that they say is in a file that Wireshark reads.
func ExampleNetwork_Capture() {
	n := vnet.New(vnet.Options{Seed: 1})
	defer n.Close()
	var file bytes.Buffer // usually an *os.File
	capture, err := n.Capture(&file)
	if err != nil {
		panic(err)
	}
	capture.Comment("the first frame of all")

	listener, err := n.Host("server", netip.Addr{}).Listen("tcp", ":7")
	if err != nil {
		panic(err)
	}
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.Copy(conn, conn)
			_ = conn.Close()
		}
	}()

	conn, err := n.Host("client", netip.Addr{}).Dial("tcp", "server:7")
	if err != nil {
		panic(err)
	}
	_, _ = conn.Write([]byte("say it again"))
	_ = conn.(*vnet.Conn).CloseWrite()
	answer, err := io.ReadAll(conn)
	fmt.Println(string(answer), err)

	fmt.Println(capture.Close())
	for _, text := range []string{"server", "client", "the first frame of all", "say it again"} {
		fmt.Printf("%q is in the file: %t\n", text, bytes.Contains(file.Bytes(), []byte(text)))
	}
	// Output:
	// say it again <nil>
	// <nil>
	// "server" is in the file: true
	// "client" is in the file: true
	// "the first frame of all" is in the file: true
	// "say it again" is in the file: true
}

// A link that loses every fifth frame from the client to the server: TCP repeats them, so the page arrives all the same.
func ExampleNetwork_SetFaults() {
	n := vnet.New(vnet.Options{Seed: 1})
	defer n.Close()
	n.SetFaults("client", "server", vnet.Faults{Latency: time.Millisecond, Loss: 0.2})

	listener, err := n.Host("server", netip.Addr{}).Listen("tcp", ":7")
	if err != nil {
		panic(err)
	}
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = conn.Write(make([]byte, 100_000))
			_ = conn.Close()
		}
	}()

	conn, err := n.Host("client", netip.Addr{}).Dial("tcp", "server:7")
	if err != nil {
		panic(err)
	}
	page, err := io.ReadAll(conn)
	fmt.Println(len(page), err)
	fmt.Println("frames were lost:", n.Stats().Lost > 0)
	// Output:
	// 100000 <nil>
	// frames were lost: true
}
