package boundedtls

import (
	"fmt"
	"strings"
	"time"
)

// CauseID names why a connection failed or ended. The words for it, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID string

// What a connection can fail for. Behind each: what Cause's fields hold, if any.
const (
	// A length against the size S: Have, Limit and Least.
	CauseTooLong            CauseID = "boundedtls/too-long"             // Object: a record or message
	CauseCertificateTooLong CauseID = "boundedtls/certificate-too-long" // the peer's Certificate message
	CauseRecordOfSeveral    CauseID = "boundedtls/record-of-several"    // Object: the first message in it
	CauseDataTooLong        CauseID = "boundedtls/data-too-long"        // Object: bytes on the wire
	CausePlaintextTooLong   CauseID = "boundedtls/plaintext-too-long"   // Object: application data or record
	CauseOwnChainTooLong    CauseID = "boundedtls/own-chain-too-long"
	CauseAxTLSTooLong       CauseID = "boundedtls/axtls-too-long" // Object: a record or message; axTLS takes five bytes less
	CauseAxTLSDataTooLong   CauseID = "boundedtls/axtls-data-too-long"
	CauseSplit              CauseID = "boundedtls/split"   // Object: the message; Limit: bytes of it in the first record
	CauseOverrun            CauseID = "boundedtls/overrun" // Object: where the SDK writes or reads through memory that it does not own

	// Memory. Object: for what.
	CauseNoMemory          CauseID = "boundedtls/no-memory"
	CauseNoMemoryBefore    CauseID = "boundedtls/no-memory-before"
	CauseNoMemoryConnected CauseID = "boundedtls/no-memory-connected"

	// Records.
	CauseNotTLS          CauseID = "boundedtls/not-tls"    // Have: the first byte
	CausePlainText       CauseID = "boundedtls/plain-text" // Object: what came, quoted
	CauseSSLv2           CauseID = "boundedtls/sslv2"
	CauseRecordVersion   CauseID = "boundedtls/record-version"
	CauseRecordTooNew    CauseID = "boundedtls/record-too-new"
	CauseRecordEmpty     CauseID = "boundedtls/record-empty"
	CauseRecordShort     CauseID = "boundedtls/record-short" // Have, Limit
	CauseRecordBlocks    CauseID = "boundedtls/record-blocks"
	CauseRecordPadding   CauseID = "boundedtls/record-padding"
	CauseRecordMAC       CauseID = "boundedtls/record-mac"
	CauseRecordDamaged   CauseID = "boundedtls/record-damaged"
	CauseEmptyRecords    CauseID = "boundedtls/empty-records"
	CauseHeaderSplit     CauseID = "boundedtls/header-split" // Have, Limit
	CauseUnexpected      CauseID = "boundedtls/unexpected"   // Object: what came, and in place of what
	CauseAfterHandshake  CauseID = "boundedtls/after-handshake"
	CauseRenegotiation   CauseID = "boundedtls/renegotiation"
	CauseCounter         CauseID = "boundedtls/counter"
	CauseTCPRefused      CauseID = "boundedtls/tcp-refused"
	CauseAxTLSTCPRefused CauseID = "boundedtls/axtls-tcp-refused"

	// Messages of the handshake that are not acceptable. Object: what is wrong with it.
	CauseMessage            CauseID = "boundedtls/message"
	CauseClientHello        CauseID = "boundedtls/client-hello"
	CauseServerHello        CauseID = "boundedtls/server-hello"
	CauseCertificate        CauseID = "boundedtls/certificate"
	CauseAxTLSCertificate   CauseID = "boundedtls/axtls-certificate"
	CauseServerKeyExchange  CauseID = "boundedtls/server-key-exchange"
	CauseCertificateRequest CauseID = "boundedtls/certificate-request"
	CauseServerDone         CauseID = "boundedtls/server-hello-done"
	CauseClientKeyExchange  CauseID = "boundedtls/client-key-exchange"
	CauseCertificateVerify  CauseID = "boundedtls/certificate-verify"
	CauseChangeCipherSpec   CauseID = "boundedtls/change-cipher-spec"
	CauseFinished           CauseID = "boundedtls/finished"

	// What the two sides do not agree on.
	CauseVersion          CauseID = "boundedtls/version"       // Object: "3.4"
	CauseAxTLSVersion     CauseID = "boundedtls/axtls-version" // Object: "3.3"
	CauseSuite            CauseID = "boundedtls/suite"         // Object: its name
	CauseUnknownSuite     CauseID = "boundedtls/unknown-suite" // Object: its number in hexadecimal
	CauseAxTLSSuite       CauseID = "boundedtls/axtls-suite"
	CauseNoSuite          CauseID = "boundedtls/no-suite"
	CauseAxTLSNoSuite     CauseID = "boundedtls/axtls-no-suite"
	CauseUnusableSuite    CauseID = "boundedtls/unusable-suite"
	CausePSKSuite         CauseID = "boundedtls/psk-suite"
	CauseCompression      CauseID = "boundedtls/compression"
	CauseDHPrime          CauseID = "boundedtls/dh-prime" // Have, Limit: bytes
	CauseDHPublic         CauseID = "boundedtls/dh-public"
	CauseDHSecret         CauseID = "boundedtls/dh-secret"
	CauseDHKey            CauseID = "boundedtls/dh-key"
	CausePremaster        CauseID = "boundedtls/premaster"
	CausePremasterTooLong CauseID = "boundedtls/premaster-too-long" // Have, Limit

	// Certificates and keys.
	CauseUnreadableCertificate CauseID = "boundedtls/unreadable-certificate" // Have: its bytes; Limit: which one of the chain
	CauseNoClientCertificate   CauseID = "boundedtls/no-client-certificate"
	CauseNoTrustList           CauseID = "boundedtls/no-trust-list"
	CauseUnreadableFile        CauseID = "boundedtls/unreadable-file" // Object: the file, and how it failed
	CauseOwnCertificate        CauseID = "boundedtls/own-certificate"
	CauseOwnKey                CauseID = "boundedtls/own-key"
	CauseNoOwnKey              CauseID = "boundedtls/no-own-key"
	CauseForeignKey            CauseID = "boundedtls/foreign-key" // Object: how it showed; Have, Limit: bits of key and certificate
	CauseSkipped               CauseID = "boundedtls/check-skipped"
	CauseChain                 CauseID = "boundedtls/chain"                 // Object: the check's flags
	CauseChainKey              CauseID = "boundedtls/chain-key"             // Object; Limit: bits
	CauseChainSignature        CauseID = "boundedtls/chain-signature"       // Object
	CauseChainUntrusted        CauseID = "boundedtls/chain-untrusted"       // Object
	CauseAxTLSChainUntrusted   CauseID = "boundedtls/axtls-chain-untrusted" // Object: as the device prints it, and so on
	CauseAxTLSChainSignature   CauseID = "boundedtls/axtls-chain-signature"
	CauseAxTLSChainEarly       CauseID = "boundedtls/axtls-chain-early"
	CauseAxTLSChainExpired     CauseID = "boundedtls/axtls-chain-expired"
	CauseAxTLSChainOrder       CauseID = "boundedtls/axtls-chain-order"

	// Alerts of the peer. Object: the alert.
	CauseAlert                CauseID = "boundedtls/alert"
	CauseAlertSuite           CauseID = "boundedtls/alert-suite"
	CauseAlertSuiteDHE        CauseID = "boundedtls/alert-suite-dhe"
	CauseAlertVersion         CauseID = "boundedtls/alert-version"
	CauseAxTLSAlertVersion    CauseID = "boundedtls/axtls-alert-version"
	CauseAlertName            CauseID = "boundedtls/alert-name"
	CauseAlertCertificate     CauseID = "boundedtls/alert-certificate"
	CauseAlertNoCertificate   CauseID = "boundedtls/alert-no-certificate"
	CauseAlertCertificateOver CauseID = "boundedtls/alert-certificate-over"
	CauseAlertKey             CauseID = "boundedtls/alert-key"
	CauseAlertTLS10           CauseID = "boundedtls/alert-tls10"
	CauseAlertLength          CauseID = "boundedtls/alert-length"
	CauseWarning              CauseID = "boundedtls/warning"
	CauseCloseNotify          CauseID = "boundedtls/close-notify"
	CausePeerClosed           CauseID = "boundedtls/peer-closed"

	// The rest.
	CauseOrder  CauseID = "boundedtls/order" // Object: what was called
	CauseRandom CauseID = "boundedtls/random"
	CauseOther  CauseID = "boundedtls/other" // Object: the code as the device prints it
)

// Cause says why a connection failed, in figures: whoever decides it fills it in. It has no sentences; package
// github.com/emu8266/emu8266/emulator/cause has.
type Cause struct {
	ID     CauseID
	Role   Role   // the device's
	Object string // what it is about, in the standard's words where it has some

	// Have is the length that was found and Limit what it was held against, both in bytes; 0 when nothing was measured.
	Have, Limit int

	// Took is over how long, 0 if no time belongs to it.
	Took time.Duration

	// Least is the least S that would let the item pass: 1..MaxSize, or 0 when no size helps.
	Least int
}

// String returns a text for Go's errors, such as "certificate-too-long: 4760, limit 4096".
func (c *Cause) String() string {
	var facts []string
	if c.Object != "" {
		facts = append(facts, c.Object)
	}
	if c.Have != 0 {
		facts = append(facts, fmt.Sprint(c.Have))
	}
	if c.Limit != 0 {
		facts = append(facts, fmt.Sprintf("limit %d", c.Limit))
	}
	if c.Took != 0 {
		facts = append(facts, "in "+c.Took.String())
	}
	_, name, _ := strings.Cut(string(c.ID), "/")
	if len(facts) == 0 {
		return name
	}
	return name + ": " + strings.Join(facts, ", ")
}
