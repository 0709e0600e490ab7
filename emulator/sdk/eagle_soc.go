package sdk

// PinFuncSelect sets the function of a pin, 0 to 7, by the address of its register in IO_MUX, as the macro
// PIN_FUNC_SELECT does: 0 makes GPIO0, 2, 4 and 5 GPIOs, 3 the others.
func (s *SDK) PinFuncSelect(mux, function uint32) { s.board.PinFuncSelect(mux, function) }

// PinPullupEn switches the pull-up of a pin on, by the address of its register in IO_MUX.
func (s *SDK) PinPullupEn(mux uint32) { s.board.PinPullupEn(mux) }

// PinPullupDis switches the pull-up of a pin off, by the address of its register in IO_MUX.
func (s *SDK) PinPullupDis(mux uint32) { s.board.PinPullupDis(mux) }

// ReadPeriReg reads a register; see Board.ReadPeriReg.
func (s *SDK) ReadPeriReg(addr uint32) uint32 { return s.board.ReadPeriReg(addr) }

// WritePeriReg writes a register; see Board.WritePeriReg.
func (s *SDK) WritePeriReg(addr, v uint32) { s.board.WritePeriReg(addr, v) }
