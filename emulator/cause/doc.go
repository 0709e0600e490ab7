// Package cause has the words for what goes wrong on a device: for each cause one sentence, what to change, and where to read
// more, in English and in Chinese.
//
// Who decides a failure names its cause there and then: packages boundedtls, espconn, netstack and those of the device itself
// each declare their own ids (boundedtls.CauseTooLong, netstack.CauseSYNUnanswered, ...) and send one through their observer, with
// the figures, into the device's trace as an event of trace.KindCause. Here are their words. That something still waits is nobody's
// decision: the ids of waiting are declared here. Nobody guesses from return codes afterwards: Of turns an event into words, and
// all that explains failures - Device.Explain, the command's explain, probe and scenario, reports - only chooses which to show.
//
// Words have placeholders in braces, which Of fills in: {object}, {have}, {limit}, {least}, {peer} (server or client, the other
// side of the handshake) and {max} (boundedtls.MaxSize). docs/tables/causes.md lists all causes.
package cause
