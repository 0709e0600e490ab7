package radio

import (
	"time"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// Times of the station's own reconnecting (sdk-surface.md, Station status). Choice: those of the air, so that an attempt comes every
// 2.5 s, as on devices.
const (
	reconnectDelay = time.Second             // from a failed attempt to the next
	handshakeWait  = 10 * time.Second        // for an access point that does not say that the key is wrong
	searchAll      = 1500 * time.Millisecond // a scan of all channels. Choice
	searchOne      = 200 * time.Millisecond  // of the channel of an access point that was there a second ago. Choice
	keyHandshake   = 1300 * time.Millisecond // until an access point says that the key is wrong. Choice
)

// trying is what the SDK keeps of an attempt to join (sdk-surface.md, Station status). The zero value is before the first.
type trying struct {
	step   uint8 // 1: searching; a status of failure: the last attempt's
	errors uint8 // failures of one kind in a row
	closed bool  // the access point has ended the key handshake

	count         int       // attempts
	began, before time.Time // the present one, and the one before it
}

// searching is the step of a running attempt.
const searching = 1

// begin is the start of an attempt: the status reads connecting unless the attempts before have failed.
func (w *Radio) begin() {
	if w.trying.errors == 0 {
		w.setStatus(wifi.StationConnecting)
	}
	w.trying.step = searching
}

// failed counts a failure: a wrong password is told at once, the others when the third in a row has the same status.
func (w *Radio) failed(status uint8) {
	t := &w.trying
	other := t.step != searching && t.step != status
	t.step = status
	if other || w.status >= wifi.StationWrongPassword && w.status <= wifi.StationConnectFail && w.status != status {
		t.errors = 0
		w.setStatus(wifi.StationConnecting)
	}
	if other {
		return
	}
	if t.errors++; t.errors == 3 || t.errors == 1 && status == wifi.StationWrongPassword {
		w.setStatus(status)
	}
}

// seen is called when the access point was found: what was told of others before is taken back.
func (w *Radio) seen() {
	if w.status == wifi.StationNoAPFound || w.status == wifi.StationConnectFail {
		w.trying.errors = 0
		w.setStatus(wifi.StationConnecting)
	}
}

// noAP is the end of an attempt that found no access point; unfit is why one is none for the configuration.
func (w *Radio) noAP(unfit string) {
	switch {
	case w.config.SSID == "":
		w.because(CauseNoSSID, trace.Event{Value: int64(wifi.ReasonNoAPFound)})
	case unfit != "":
		w.unjoined(CauseUnfit, wifi.ReasonNoAPFound, "%q: %s", w.config.SSID, unfit)
	default:
		id := CauseNoAccessPoint
		if w.config.SSID == w.lastSSID {
			id = CauseAccessPointGone
		}
		w.unjoined(id, wifi.ReasonNoAPFound, "%q; in range on channels 1 to %d: %s", w.config.SSID, channelMax,
			listed(w.inRange()))
	}
	if w.status != wifi.StationWrongPassword {
		w.failed(wifi.StationNoAPFound)
	}
	w.refused(wifi.ReasonNoAPFound, reconnectDelay)
}

// wrongKey is an attempt that found another password: the access point ends the key handshake with a reason of its own, three of
// which the SDK takes for a wrong password. One that only falls silent is given up after ten seconds.
func (w *Radio) wrongKey(ap wifi.AccessPoint) {
	wait, after := keyHandshake, reconnectDelay
	if ap.KeyReason == wifi.ReasonHandshakeTimeout {
		wait, after = handshakeWait, 0
	}
	w.m.ArmTimer(&w.timer, wait, false, func() {
		switch ap.KeyReason {
		case wifi.ReasonNotAuthed, wifi.ReasonMICFailure, wifi.Reason4WayHandshakeTimeout, wifi.ReasonHandshakeTimeout:
			w.failed(wifi.StationWrongPassword)
		}
		if w.config.Password == "" {
			w.unjoined(CauseNoPassword, ap.KeyReason, "%q", ap.SSID)
		} else {
			w.unjoined(CauseWrongPassword, ap.KeyReason, "%q", ap.SSID)
		}
		w.trying.closed = true
		w.refused(ap.KeyReason, after)
	})
}

// refused reports a failed attempt, and makes the next one after a delay if the policy is to reconnect.
func (w *Radio) refused(reason uint8, after time.Duration) {
	if w.noReconnect {
		w.m.DisarmTimer(&w.timer)
	} else {
		w.m.ArmTimer(&w.timer, after, false, w.again)
	}
	w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDisconnected, SSID: w.config.SSID, BSSID: w.config.BSSID, Reason: reason})
}

// again is the next attempt of the station's own reconnecting. An association that the access point ended counts as a failure of its
// own unless the password was told wrong.
func (w *Radio) again() {
	search := searchAll
	if t := &w.trying; t.closed {
		t.closed = false
		search = searchOne
		if t.step != wifi.StationWrongPassword {
			w.failed(wifi.StationConnectFail)
		}
	}
	w.begin()
	w.attempt(search)
}
