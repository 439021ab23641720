;; Adds float32 values that came over the wire to those that stand in memory, in place: four at a time, then the rest one by one. Each value
;; is one IEEE addition, so the bits are those that JavaScript's `sum[at] += addend[at]` gives. Both ranges begin at multiples of four bytes.
;;
;; sum.wasm is this file compiled by `npm run generate`.
(module
  (import "exchange" "memory" (memory 1 65536 shared))
  (func (export "add") (param $sum i32) (param $addend i32) (param $bytes i32)
    (local $end i32)
    (local $wideEnd i32)
    (local.set $end (i32.add (local.get $sum) (local.get $bytes)))
    (local.set $wideEnd (i32.add (local.get $sum) (i32.and (local.get $bytes) (i32.const -16))))
    (block $wideDone
      (loop $wide
        (br_if $wideDone (i32.eq (local.get $sum) (local.get $wideEnd)))
        (v128.store align=4 (local.get $sum)
          (f32x4.add (v128.load align=4 (local.get $sum)) (v128.load align=4 (local.get $addend))))
        (local.set $sum (i32.add (local.get $sum) (i32.const 16)))
        (local.set $addend (i32.add (local.get $addend) (i32.const 16)))
        (br $wide)))
    (block $narrowDone
      (loop $narrow
        (br_if $narrowDone (i32.eq (local.get $sum) (local.get $end)))
        (f32.store (local.get $sum) (f32.add (f32.load (local.get $sum)) (f32.load (local.get $addend))))
        (local.set $sum (i32.add (local.get $sum) (i32.const 4)))
        (local.set $addend (i32.add (local.get $addend) (i32.const 4)))
        (br $narrow)))))
