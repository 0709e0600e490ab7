package elf

// watches is what is looked at while the SDK's libraries run.
type watches struct{}

// linkWatches hooks the functions that are only looked at.
func (i *Image) linkWatches(func(hook)) {}
