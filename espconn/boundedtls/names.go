package boundedtls

// AlertName returns the standard's name of an alert description, "handshake_failure" for 40; "alert" for one without a name.
func AlertName(description byte) string { return alertName(description) }

// RecordTypeName returns the standard's name of a record's content type, "handshake" for 22; "type-99" for one without a name.
func RecordTypeName(t byte) string { return recordTypeName(t) }
