// Package decode says what the codes mean that a device's log, return values and callbacks show, with the cause and the
// remedy, and reads whole logs.
//
//	found, err := decode.Code("-114", nil)
//	log, err := decode.ReadLog(serial, nil)
//
// One number may mean several things, and depends on the SDK: [ForProfile] keeps what one profile can say. A code that has
// one cause is said in the words of the catalogue, emulator/cause, as in every explanation; of a code that several causes
// share nobody can tell from the number alone which it was, so what they have in common is said here (tls.md 3.2, axtls.md
// 1.4, 3 and 5). Everything is a function of its arguments; nothing is printed and no file is opened.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package decode
