package boundedtls_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// identity returns a self-signed certificate and its key, both in DER.
func identity() (cert, key []byte) {
	k, err := testpki.LoadKey(testpki.Leaf2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "device"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)}
	if cert, err = x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k); err != nil {
		panic(err)
	}
	return cert, x509.MarshalPKCS1PrivateKey(k)
}

// load gives a server its certificate and key, and both ends their buffers.
func load(client, server boundedtls.Conn, keyFirst bool) *boundedtls.Error {
	cert, key := identity()
	steps := []func() *boundedtls.Error{
		func() *boundedtls.Error { return server.OwnCert(cert) },
		func() *boundedtls.Error { return server.OwnKey(key) },
		server.Setup, client.Setup,
	}
	if keyFirst {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// shake hands each record to the other end until both are done or one has failed.
func shake(client, server boundedtls.Conn) *boundedtls.Error {
	for from, to := client, server; ; from, to = to, from {
		st := from.Handshake()
		for ; st == boundedtls.HasOutput; st = from.Handshake() {
			to.Feed(from.Output())
		}
		if st == boundedtls.Failed {
			return from.Err()
		}
		if st == boundedtls.Done && to.Handshake() == boundedtls.Done {
			break
		}
	}
	for _, c := range []boundedtls.Conn{client, server} {
		if err := c.FinishHandshake(); err != nil {
			return err
		}
	}
	return nil
}

// A client and a server of the late mbedTLS shake hands in memory, and the client sends a line. The client's observer
// prints each message and record.
func Example() {
	engine := mbedtls.Late()
	client := engine.New(boundedtls.Config{Observe: func(e boundedtls.Event) {
		if e.Kind == boundedtls.EventMessage || e.Kind == boundedtls.EventHandshake || e.Kind == boundedtls.EventRecord && e.Type == 23 {
			fmt.Println(e)
		}
	}})
	server := engine.New(boundedtls.Config{Role: boundedtls.Server})
	defer client.Close()
	defer server.Close()
	if err := load(client, server, engine.Traits().KeyFirst); err != nil {
		fmt.Println(err)
		return
	}
	if err := shake(client, server); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.Write([]byte("GET / HTTP/1.0")); err != nil {
		fmt.Println(err)
		return
	}
	server.Feed(client.Output())
	buf := make([]byte, 100)
	n, _ := server.Read(buf)
	fmt.Printf("the server reads %q\n", buf[:n])
	// Output:
	// tls client -> ClientHello 87 bytes, limit 2048
	// tls client <- ServerHello 81 bytes, limit 2048
	// tls client <- Certificate 681 bytes, limit 2048
	// tls client <- ServerKeyExchange 1038 bytes, limit 2048
	// tls client <- ServerHelloDone 4 bytes, limit 2048
	// tls client -> ClientKeyExchange 262 bytes, limit 2048
	// tls client -> Finished 16 bytes, limit 2048
	// tls client <- Finished 16 bytes, limit 2048
	// tls client handshake over TLSv1.2 TLS-DHE-RSA-WITH-AES-256-CBC-SHA256
	// tls client -> record application_data version 0303 length 64 plain 14 buffer 77 limit 2048
	// the server reads "GET / HTTP/1.0"
}

// A client whose buffer is too small for the server's Certificate message fails and says what would help. Both libraries
// are driven by the same code.
func ExampleCause() {
	for _, engine := range []boundedtls.Engine{mbedtls.Early(), axtls.Libssl()} {
		client := engine.New(boundedtls.Config{Size: func() int { return 512 }})
		server := engine.New(boundedtls.Config{Role: boundedtls.Server})
		if err := load(client, server, engine.Traits().KeyFirst); err != nil {
			fmt.Println(err)
			return
		}
		err := shake(client, server)
		kind, status := err.Callback()
		fmt.Printf("%s: %s, %s(%d)\n%s, least size %d\n", engine, err.Reason(), kind, status, err.Cause, err.Cause.Least)
		client.Close()
		server.Close()
	}
	// Output:
	// early mbedTLS: -0x7200, reconnect(-114)
	// certificate-too-long: Certificate message, 681, limit 512, least size 681
	// axTLS: invalid protocol message, reconnect(-28)
	// axtls-too-long: Certificate message, 681, limit 507, least size 686
}
