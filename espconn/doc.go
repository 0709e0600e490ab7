// Package espconn is the network API of the NonOS SDK in Go: struct espconn, its callbacks, the secure functions
// (espconn_secure_*) over a TLS engine with the device's bounded buffer, plain TCP, UDP, DNS, multicast and mDNS beside
// them, and the checks that find misuse.
//
// # Names
//
// A method is named after the SDK's function by one rule: drop espconn_, capitalise after each underscore.
// espconn_secure_ca_enable is API.SecureCaEnable. Types and constants keep the SDK's words: Espconn, OK, MEM, ARG.
//
// # One goroutine
//
// An API, every Ref given to it and all callbacks belong to the device goroutine. Nothing here locks, waits or reads a
// clock. TCP and TLS run inside the network stack's Input and Advance, where connect, recv and sent callbacks are made;
// disconnect and reconnect callbacks come from a task of ETS priority 25, for plain connections 26, with 15 places
// (espconn.md 1.3, 4.1). UDP's sent callback is made inside the call that sends.
//
// # Three kinds of connection
//
// A connection is plain (TCP), secure (TLS over TCP) or UDP; a server is plain or secure. The TCP kinds share the count of
// active connections and the check of local ports. A plain call on a secure connection, and the reverse, is ARG and a finding
// by the manual profiles; by an SDK's profile it does what it does there, which for some calls is a crash
// (manual-profile.md #32).
//
// # One struct espconn
//
// The API keeps no copy of a struct espconn. It loads and stores its fields through Ref at the moments the SDK does and
// calls the callback that stands in the field then. *Espconn is the Ref of Go firmware; other kinds of firmware bring
// their own over guest memory.
//
// # Profiles
//
// What the manuals promise and what SDK releases do differ. A Profile is plain data that the code consults at each such
// point: ManualV21 is the manual to the letter, SDK221, SDK301 and SDK306 are the releases with their bugs, all with mbedTLS;
// ManualV10 and SDK306SSL have the older TLS library, axTLS. Where an SDK crashes or damages memory the API calls
// Report.Fatal at that point and damages nothing.
//
// # The device
//
// New wants an Env: the device's clock, memory and radio, and somebody who hears of what happens. It is asked at the moments
// the SDK would look, so that its answers may change at any time.
//
// # Results
//
// A method returns what its function in C does: Err where C has a sint8, of which 0 is OK; bool from the settings of the secure
// functions; a number from those that get one, where Recv, RecvedLen and SecureGetSize give a negative Err in its place. None
// of them is a Go error: Err.Err makes one. What goes wrong after the call comes as the status of the reconnect callback.
//
// # Buffers
//
// Data given to a recv callback is lent until the callback returns; then it is overwritten with 0xA5, so that firmware
// that keeps the slice is found out. Behind the data stands one NUL within the slice's capacity, as on the device
// (tls.md 2.7). Data given to SecureSend and Send must stay valid and unchanged until the sent callback: the SDK reads it
// late.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package espconn
