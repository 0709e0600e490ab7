package cause

// DetailPairs are the phrases with their words in Chinese.
var DetailPairs = detailPairs
