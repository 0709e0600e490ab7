// Package report makes one page of a device's trace: the flight report, which a support engineer attaches to a ticket.
//
// New reads events, as explain does, and decides nothing that explain has not decided: the verdict and the remedies come first, then
// what the TLS buffer had to hold, a time line, the heap with what held it at its lowest, and every event. HTML returns one file that
// asks nothing of any other place, has no script, and follows the reader's light or dark screen; Markdown returns the short form for
// issue trackers. The same events give the same bytes.
//
// What is secret stays out. A report never has the keys of TLS connections, nor the texts of Options.Secrets, which are
// replaced wherever they stand, in the attached trace too. Of an attached capture the data of plain connections are cut off, and the
// keys are left out, unless Options.Include says otherwise. The report itself lists what it contains.
//
// A long run is folded: marks of the time line that would lie on each other become one that says how many they are, and the list of
// events is in parts that are closed at first, at most EventsMax; the attached trace has all of them.
package report
