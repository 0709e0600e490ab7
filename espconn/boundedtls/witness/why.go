package witness

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Why returns why the connection failed with the library's code, and reports it. rest is what has come and the library has not taken:
// it names the message in a record that is refused by its header.
//
// Until records are encrypted it is what the engine says to the same bytes, if that fails with the same code. Behind that, and where
// chance or a certificate of the device's own plays a part, the code and the last record decide; a wrong padding cannot be told from a
// wrong MAC then.
func (w *Witness) Why(code int, rest []byte) *boundedtls.Error {
	err := w.again(code, rest)
	if err == nil {
		err = &boundedtls.Error{Code: code}
		if w.axTLS() {
			err.Text, err.Status = axtls.ErrorText(code, w.over)
			err.Cause = w.judgeAxTLS(code, err.Text)
		} else {
			err.Cause = w.judge(code)
		}
	}
	err.Cause.Role = w.Role
	if err.Cause.Least > boundedtls.MaxSize {
		err.Cause.Least = 0
	}
	w.Observe(boundedtls.Event{Kind: boundedtls.EventFailure, Role: w.Role, Code: code, Cause: err.Cause})
	return err
}

// again plays what came to an engine, and returns how that fails if its code is the same; nil otherwise.
func (w *Witness) again(code int, rest []byte) *boundedtls.Error {
	if w.in.secret {
		return nil
	}
	chance := io.MultiReader(bytes.NewReader(w.hs.ClientRandom[:]), rand.NewChaCha8([32]byte{}))
	c := w.Engine.New(boundedtls.Config{Role: w.Role, Size: w.Size, Rand: chance})
	defer c.Close()
	if c.Setup() != nil {
		return nil
	}
	c.Feed(w.stream)
	c.Feed(rest)
	const most = 64 // records of a handshake. Choice.
	for range most {
		switch c.Handshake() {
		case boundedtls.HasOutput:
			c.Output()
		case boundedtls.Failed:
			if err := c.Err(); err.Code == code && !err.Crash {
				return err
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// ofCode are the causes of mbedTLS's codes that leave nothing to add (tls.md 3.2).
var ofCode = map[int]boundedtls.CauseID{
	boundedtls.CodePeerClosed: boundedtls.CausePeerClosed,
	-0x6980:                   boundedtls.CauseUnusableSuite,
	-0x6B80:                   boundedtls.CauseCounter,
	-0x7380:                   boundedtls.CauseNoSuite,
	-0x7480:                   boundedtls.CauseNoClientCertificate,
	-0x7600:                   boundedtls.CauseNoOwnKey,
	-0x7680:                   boundedtls.CauseNoTrustList,
	-0x7700:                   boundedtls.CauseUnexpected,
	-0x7900:                   boundedtls.CauseClientHello,
	-0x7980:                   boundedtls.CauseServerHello,
	-0x7A00:                   boundedtls.CauseCertificate,
	-0x7A80:                   boundedtls.CauseCertificateRequest,
	-0x7B00:                   boundedtls.CauseServerKeyExchange,
	-0x7B80:                   boundedtls.CauseServerDone,
	-0x7C00:                   boundedtls.CauseClientKeyExchange,
	-0x7C80:                   boundedtls.CauseDHPublic,
	-0x7D00:                   boundedtls.CauseDHSecret,
	-0x7D80:                   boundedtls.CauseCertificateVerify,
	-0x7E00:                   boundedtls.CauseChangeCipherSpec,
	-0x7E80:                   boundedtls.CauseFinished,
	-0x7F00:                   boundedtls.CauseNoMemory,
	-0x4290:                   boundedtls.CauseNoMemory,
	-0x4310:                   boundedtls.CauseNoMemory,
	-0x3310:                   boundedtls.CauseNoMemory,
	-0x5180:                   boundedtls.CauseNoMemory,
	-0x6180:                   boundedtls.CauseNoMemory,
	-0x3180:                   boundedtls.CauseDHKey,
	-1:                        boundedtls.CauseTCPRefused,
	0x80:                      boundedtls.CauseSkipped,
}

// judge finds the cause by the code and by what came last.
func (w *Witness) judge(code int) *boundedtls.Cause {
	typ, n, s := w.last[0], int(w.last[3])<<8|int(w.last[4]), w.Size()
	why := &boundedtls.Cause{ID: ofCode[code]}
	switch {
	case code == -0x7780 && w.warned: // a fatal alert
		why = session.Alert(w.talk, w.alert)
		if why.ID == boundedtls.CauseAlertKey && w.version == boundedtls.VersionTLS10 && w.spoiled {
			why.ID = boundedtls.CauseAlertTLS10
		}
		return why
	case code == -0x2700:
		return session.Untrusted(w.flags, 0)
	case code == -0x7200 && (typ < record.ChangeCipherSpec || typ > record.Data):
		return session.NotTLS(w.last[:])
	case code == -0x7200 && w.last[1] != byte(boundedtls.VersionTLS12>>8):
		why.ID = boundedtls.CauseRecordVersion
	case code == -0x7200 && w.last[2] > byte(boundedtls.VersionTLS12&0xFF):
		why.ID = boundedtls.CauseRecordTooNew
	case code == -0x7200 && w.in.cipher != nil && n < w.in.cipher.MinLen():
		why.ID, why.Have, why.Limit = boundedtls.CauseRecordShort, n, w.in.cipher.MinLen()
	case code == -0x7200 && typ == record.Data && w.in.cipher != nil:
		return session.TooLong(boundedtls.CauseDataTooLong, strconv.Itoa(n), n-w.in.cipher.MACLen()-1-w.in.cipher.Explicit(), s)
	case code == -0x7200:
		return session.TooLong(boundedtls.CauseTooLong, "record", n, s)
	case code == -0x7180 && w.tooLong && typ == record.Data:
		return session.TooLong(boundedtls.CausePlaintextTooLong, "application data", w.plain, s)
	case code == -0x7180 && w.tooLong:
		return session.TooLong(boundedtls.CausePlaintextTooLong, "record", w.plain, s)
	case code == -0x7180 && n%record.VectorLen != 0:
		why.ID = boundedtls.CauseRecordBlocks
	case code == -0x7180:
		why.ID = boundedtls.CauseRecordMAC
	case code == -0x7700 && w.over:
		why.ID, why.Object = boundedtls.CauseAfterHandshake, record.TypeName(typ)
	case code == -0x7700:
		why.Object = "a " + record.TypeName(typ) + " record"
	case code == -0x6E80 && len(w.message) > handshake.HeaderLen+2:
		m := w.message[handshake.HeaderLen:]
		return session.Version(boundedtls.CauseVersion, uint16(m[0])<<8|uint16(m[1]))
	case code == -0x7F00 && w.step == session.Idle:
		why.ID = boundedtls.CauseNoMemoryBefore
	case why.ID == "" && code < -0x2000 && code > -0x3000 && len(w.message) > 0 && w.message[0] == handshake.Certificate:
		why.ID = boundedtls.CauseUnreadableCertificate
	}
	if why.ID == "" {
		why.ID, why.Object = boundedtls.CauseOther, (&boundedtls.Error{Code: code}).Reason()
	}
	return why
}

// judgeAxTLS is judge for axTLS, which prints text.
func (w *Witness) judgeAxTLS(code int, text string) *boundedtls.Cause {
	const alerts, chains = 256, -512 // above and below: the alert's number; the codes of certificates
	n, limit := int(w.last[3])<<8|int(w.last[4]), w.Size()-record.HeaderLen
	switch {
	case code == -3:
		return &boundedtls.Cause{ID: boundedtls.CauseCloseNotify}
	case code > -alerts && w.warned:
		why := session.Alert(w.talk, w.alert)
		if w.level != record.Fatal {
			why.ID = boundedtls.CauseWarning
		} else if w.alert == record.ProtocolVersion {
			why.ID = boundedtls.CauseAxTLSAlertVersion
		}
		return why
	case n > limit && w.last[0] == record.Data && w.in.secret:
		why := session.TooLong(boundedtls.CauseAxTLSDataTooLong, "application data record", n, limit)
		why.Least += record.HeaderLen
		return why
	case code <= chains:
		return &boundedtls.Cause{ID: boundedtls.CauseAxTLSChainUntrusted, Object: text}
	}
	id := map[int]boundedtls.CauseID{-262: boundedtls.CauseRecordMAC, -266: boundedtls.CauseAxTLSNoSuite, -271: boundedtls.CauseFinished,
		-273: boundedtls.CauseRenegotiation}[code]
	if id == "" {
		return &boundedtls.Cause{ID: boundedtls.CauseOther, Object: text}
	}
	return &boundedtls.Cause{ID: id}
}
