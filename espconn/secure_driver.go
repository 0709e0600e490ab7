package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// The SDK has the layer between espconn_secure_* and TLS twice, once for each TLS library. What both have in common is in
// secureConn and secureServer; what differs is behind library and driver, in secure_mbedtls*.go and secure_axtls*.go.

// library is what differs for a device as a whole. New takes it from Profile.TLS.
type library interface {
	// open makes the record of a client's connection, with its driver and all memory that it has from its begin. Nil: there is
	// not enough, and nothing was taken.
	open(c Ref) *secureConn
	// dialFailed hears in the SDK's words why a client's connection did not get as far as its SYN.
	dialFailed(line string)
	// ignoresSYN tells whether a client whose SYN finds no memory is taken all the same: it waits for ever, as nothing repeats the SYN.
	ignoresSYN() bool
	// listen takes a server's memory and port, and sets its listener and free. When the result is not OK nothing was taken.
	listen(ss *secureServer) Err
	// sharesEspconn tells whether an accepted connection is named by its server's espconn; otherwise NewConn makes one.
	sharesEspconn() bool
	// onPCB tells whether the record of a connection has TCP's PCB, so that functions for plain connections act on it.
	onPCB() bool
	// objectBlocks returns the heap blocks, in bytes, of a server's certificate or key: bookkeeping, 0 for none, and content.
	objectBlocks(content []byte) (header, body uint32)
}

// driver is what differs for one connection. It belongs to a secureConn, which calls it.
type driver interface {
	// bound is called when a client's connection has its TCB. The result is the line of its failure, "" for none.
	bound() string
	// start is called when TCP is up: memory, certificates, log line, Conn.Setup. False: the connection has ended, or goes no
	// further.
	start(t *netstack.TCB) bool
	// feed hands a segment's data to TLS, before it looks at it. False: the connection is no more.
	feed(data []byte) bool
	// acked is called when the peer has acknowledged something.
	acked(t *netstack.TCB)
	// finished is called when the last handshake message was made and handed to TCP, or read.
	finished()
	// established is called after the log's "handshake ok".
	established()
	// send checks a send and begins it. length is greater than len(data) only for a NULL pointer with a length.
	send(c Ref, name string, data []byte, length int) Err
	// receive gives what TLS has to the recv callback.
	receive()
	// failed prints why the connection ends, reports it by secureConn.report, says goodbye to the peer, and closes.
	failed(err *boundedtls.Error)
	// peerClosed is called for the peer's FIN.
	peerClosed()
	// closing is called before TCP's FIN.
	closing()
	// tcpClosed is called when the TCB was given up.
	tcpClosed()
	// ended is called for an accepted connection, before its last callback.
	ended()
	// free gives the memory back, the record excepted.
	free()
}
