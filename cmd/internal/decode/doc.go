// Package decode says what the codes mean that a device's log, return values and callbacks show, with the cause and the
// remedy, and reads whole logs.
//
//	found, err := decode.Code("-114", nil)
//	log, err := decode.ReadLog(serial, nil)
//
// One number may mean several things, and depends on the SDK: [ForProfile] keeps what one profile can say. The codes and
// their causes are those of tls.md 3.2 and axtls.md 1.4, 3 and 5; the remedies are ours. Everything is a function of its
// arguments; nothing is printed and no file is opened.
package decode
