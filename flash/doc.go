package flash
