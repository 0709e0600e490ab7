// Package oracle reads the golden TLS data in testdata/oracle and turns a case
// into the peer that it describes and the result that was measured. The data
// were taken on the vendor's own code (testdata/oracle/README.md); the test of
// this package replays every case against an emulated device and compares.
//
//   - [Load] reads a group; `same_as` is resolved.
//   - [PKI.Peer] makes the scripted peer of a case (package tlspeer). The OpenSSL
//     peers of group E are played by scripts too: what they decide (which suite,
//     alert 40 when none fits) is known, and a replay must not need a tool.
//   - [Measure] and [Compare] bring a run into the form of the data and list the
//     fields that differ.
//   - [ReadDifferences] reads the committed list of known differences. A case
//     that differs and is not listed fails the test; so does a listed one that
//     has become equal.
//
// Choice: peer_output (what OpenSSL printed) is not compared: it describes
// OpenSSL.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package oracle
