package cdebug

import (
	"debug/dwarf"
	"slices"
	"strings"
)

// addType notes a type by its name.
func (info *Info) addType(e *dwarf.Entry) {
	name, _ := e.Val(dwarf.AttrName).(string)
	if declared, _ := e.Val(dwarf.AttrDeclaration).(bool); name == "" || declared {
		return
	}
	switch e.Tag {
	case dwarf.TagStructType, dwarf.TagClassType:
		name = "struct " + name
	case dwarf.TagUnionType:
		name = "union " + name
	case dwarf.TagEnumerationType:
		name = "enum " + name
	}
	if _, known := info.typeNames[name]; !known {
		info.typeNames[name] = e.Offset
	}
}

// addEnumerator notes a name of an enum's value.
func (info *Info) addEnumerator(e *dwarf.Entry) {
	name, _ := e.Val(dwarf.AttrName).(string)
	value, ok := e.Val(dwarf.AttrConstValue).(int64)
	if _, known := info.enumerators[name]; !known && ok && name != "" {
		info.enumerators[name] = value
	}
}

// typeNamed returns the type that words of C name: one of the program, or one of the language; nil for none.
func (info *Info) typeNamed(words []string) *ctype {
	if at, ok := info.typeNames[strings.Join(words, " ")]; ok {
		if t, err := info.typeAt(at); err == nil {
			return t
		}
	}
	if len(words) == 1 && words[0] == "bool" {
		return typeBool
	}
	count := map[string]int{}
	for _, w := range words {
		if !slices.Contains([]string{"unsigned", "signed", "char", "short", "int", "long", "float", "double", "void", "_Bool"}, w) {
			return nil
		}
		count[w]++
	}
	unsigned := count["unsigned"] > 0
	of := func(s, u *ctype) *ctype {
		if unsigned {
			return u
		}
		return s
	}
	switch {
	case count["void"] > 0:
		return void
	case count["_Bool"] > 0:
		return typeBool
	case count["float"] > 0:
		return typeSingle
	case count["double"] > 0:
		return typeDouble
	case count["char"] > 0 && count["signed"] > 0:
		return typeSChar
	case count["char"] > 0:
		return of(typeChar, typeUChar)
	case count["short"] > 0:
		return of(typeShort, typeUShort)
	case count["long"] > 1:
		return of(typeLongLong, typeULL)
	case count["long"] > 0:
		return of(typeLong, typeULong)
	}
	return of(typeInt, typeUInt)
}

// functionOperand returns a function as an operand.
func (info *Info) functionOperand(s symbol) operand {
	t := &ctype{kind: typeFunction, filled: true}
	if f, ok := info.spanOf(s.at); ok && f.from == s.at {
		if entry, err := info.entryAt(f.at); err == nil {
			t.toAt, _ = info.inherited(entry, dwarf.AttrType).(dwarf.Offset)
			t.fresh = true
			for _, c := range info.children(entry) {
				if c.Tag != dwarf.TagFormalParameter {
					continue
				}
				at, _ := info.inherited(c, dwarf.AttrType).(dwarf.Offset)
				if p, err := info.typeAt(at); err == nil {
					t.params = append(t.params, p)
				}
			}
		}
	}
	return operand{t: t, placed: true, addr: uint32(s.at)}
}
