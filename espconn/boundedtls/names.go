package boundedtls

import "github.com/emu8266/emu8266/espconn/boundedtls/internal/record"

// AlertName returns the standard's name of an alert description, "handshake_failure" for 40; "unknown" for one without a name.
func AlertName(description byte) string { return record.AlertName(description) }

// RecordTypeName returns the standard's name of a record's content type, "handshake" for 22; "type-99" for one without a name.
func RecordTypeName(t byte) string { return record.TypeName(t) }
