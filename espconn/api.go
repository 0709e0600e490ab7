package espconn

import (
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// API is the SDK's network API of one device. It belongs to the device goroutine.
type API struct {
	env     Env
	profile Profile
	traits  boundedtls.Traits // of the profile's TLS

	lastPort uint32
	client   roleSettings
	server   roleSettings
	cert     object // of the server: espconn_secure_set_default_certificate
	key      object
	linked   [2]func() []byte // certificate and key of the image, see LinkObjects

	secureConns   []*secureConn   // the active list, oldest first
	secureServers []*secureServer // with mbedTLS one at most
	library       library

	plainConns   []*plainConn // plain TCP connections, oldest first
	begun        int          // plain TCP connections so far
	plainServers []*plainServer
	udpConns     []*udpConn
	packets      [Disconnect + 1]Packet // of the last connection whose Reconnect or Disconnect callback was made
	remotes      [infoMax]RemotInfo     // of espconn_get_connection_info
	mdns         mdns

	why   *boundedtls.Cause // of the refusal of the call under way, nil: it is not refused
	depth int               // callbacks of the firmware under way
	later []*secureConn     // disconnects that wait for the end of the callback
	names []nameSlot        // numbers of the espconns seen
	named int
}

// New returns the API of a device. No memory is taken before the first call. A Profile with an empty name is ManualV21, one
// without TLS has ManualV21's.
func New(env Env, p Profile) *API {
	if p.Name == "" {
		p = ManualV21()
	}
	if p.TLS == nil {
		p.TLS = ManualV21().TLS
	}
	a := &API{
		env:     env,
		profile: p,
		traits:  p.TLS.Traits(),
		client:  roleSettings{size: SizeDefault},
		server:  roleSettings{size: SizeDefault},
	}
	a.library = p.TLS.library(a)
	return a
}

// Profile returns the profile that the API follows.
func (a *API) Profile() Profile { return a.profile }

// namesKept bounds the table of names. Choice: far above the espconns that a device has at a time.
const namesKept = 64

type nameSlot struct {
	id   uintptr
	name string
}

// name returns "espconn 1" for c, numbered in order of appearance, so that traces of equal runs are equal.
func (a *API) name(c Ref) string {
	if isNull(c) {
		return ""
	}
	id := c.ID()
	for _, s := range a.names {
		if s.id == id {
			return s.name
		}
	}
	a.named++
	if len(a.names) >= namesKept {
		a.names = append(a.names[:0], a.names[1:]...)
	}
	name := "espconn " + strconv.Itoa(a.named)
	a.names = append(a.names, nameSlot{id, name})
	return name
}

// forget drops the name of an espconn that is freed: its address may come again for another one.
func (a *API) forget(c Ref) {
	for i, s := range a.names {
		if s.id == c.ID() {
			a.names = append(a.names[:i], a.names[i+1:]...)
			return
		}
	}
}

// call runs one function of the API between its two events, and reports why it is refused if because said so. args are what follows
// the espconn.
func (a *API) call(name string, c Ref, args string, fn func() Err) Err {
	conn := a.enter(name, c, args)
	a.checkV10(c, name)
	outer := a.why // of a call whose callback this one is made in
	a.why = nil
	ret := a.mixed(c, name)
	if ret == OK {
		ret = fn()
	}
	a.returned(Event{Conn: conn, Name: name, Text: strconv.Itoa(int(ret)), Err: ret}, ret != OK)
	a.why = outer
	return ret
}

// callInt is call for functions that return a number, or a code below 0.
func (a *API) callInt(name string, c Ref, args string, fn func() int16) int16 {
	conn := a.enter(name, c, args)
	outer := a.why
	a.why = nil
	ret := int16(a.mixed(c, name))
	if Err(ret) == OK {
		ret = fn()
	}
	e := Event{Conn: conn, Name: name, Text: strconv.Itoa(int(ret))}
	if ret < 0 && a.why != nil {
		e.Err = Err(ret)
	}
	a.returned(e, ret < 0)
	a.why = outer
	return ret
}

// callBool is call for functions that return bool.
func (a *API) callBool(name, args string, fn func() bool) bool {
	a.env.Observe(Event{Kind: EventCall, Name: name, Text: args})
	a.checkV10(nil, name)
	outer := a.why
	a.why = nil
	ret := fn()
	a.returned(Event{Name: name, Text: strconv.FormatBool(ret)}, !ret)
	a.why = outer
	return ret
}

// returned reports that a call returns, and before it why it is refused.
func (a *API) returned(e Event, refused bool) {
	if refused && a.why != nil {
		a.env.Observe(Event{Kind: EventCause, Conn: e.Conn, Name: e.Name, Cause: a.why})
	}
	e.Kind = EventReturn
	a.env.Observe(e)
}

func (a *API) enter(name string, c Ref, args string) (conn string) {
	conn = a.name(c)
	first := conn
	if first == "" {
		first = "NULL"
	}
	if args != "" {
		first += ", " + args
	}
	a.env.Observe(Event{Kind: EventCall, Conn: conn, Name: name, Text: first})
	return conn
}

// setState stores a new state in c and reports the change.
func (a *API) setState(c Ref, s State) {
	f := c.Load()
	old := f.State
	f.State = s
	c.Store(f)
	if old != s {
		a.env.Observe(Event{Kind: EventState, Conn: a.name(c), Old: old, State: s, Remote: remoteOf(f)})
	}
}

// callback makes callback k of c if it is registered; the disconnects that it asked for follow when no other callback
// is under way (manual-profile.md #18).
func (a *API) callback(c Ref, k CallbackKind, data []byte, status Err) {
	if !c.Has(k) {
		return
	}
	conn := a.name(c)
	a.env.Observe(Event{Kind: EventCallback, Conn: conn, Callback: k, Err: status, Length: len(data), Remote: remoteOf(c.Load())})
	a.depth++
	c.Call(k, data, status)
	a.depth--
	a.env.Observe(Event{Kind: EventCallbackDone, Conn: conn, Callback: k})
	a.runLater()
}

// runLater carries the disconnects out that waited for the end of a callback.
func (a *API) runLater() {
	for a.depth == 0 && len(a.later) > 0 {
		sc := a.later[0]
		a.later = a.later[1:]
		sc.closeLocally()
	}
}

// entered sets the state that belongs to callback k, unless the profile leaves it alone without a callback
// (tls.md 5.6).
func (a *API) entered(c Ref, k CallbackKind, s State) {
	if a.profile.StateNeedsCallback && !c.Load().Registered.Has(k) {
		return
	}
	a.setState(c, s)
}
