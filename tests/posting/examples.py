"""The worked examples of service orders, E-1 to E-18, with every figure."""

EXAMPLES = {
    "E-1 item, hours and a cost, shipped and invoiced": """
        order C-GOOD
            10000 item     PUMP   qty 1
            20000 resource LINA   qty 3
            30000 cost     TRAVEL qty 1
        post ship invoice
        invoice doc line  qty price  line_amount amount incl
            I-1 10000     1   500.00 500.00      500.00 625.00
            I-1 20000     3   90.00  270.00      270.00 337.50
            I-1 30000     1   75.00  75.00       75.00  93.75
        vat     doc id    base    amount
            I-1 VAT25     -500.00 -125.00
            I-1 VAT25     -270.00 -67.50
            I-1 VAT25     -75.00  -18.75
        gl
            I-1   | 2310 1,056.25 | 6110 500.00; 5610 125.00; 6210 270.00; 5610 67.50; 6410 75.00; 5610 18.75
            I-1   | 7190 320.00   | 2110 320.00
            total | 1,376.25      | 1,376.25
        customer doc amount   sales  profit due        disc  until      open
            I-1      1,056.25 845.00 320.00 2025-04-10 21.13 2025-03-18 yes
        item     doc item type qty invoiced completely_invoiced
            S-1      PUMP sale -1  -1       yes
        value    doc item sales  cost    exp_sales exp_cost
            I-1      PUMP 500.00 -320.00 0         0
        resource doc type  no   qty cost    price
            S-1      usage LINA 3   165.00  270.00
            I-1      sale  LINA -3  -165.00 -270.00
        service  doc type  no     qty cost    amount
            S-1      usage PUMP   1   320.00  500.00
            S-1      usage LINA   3   165.00  270.00
            S-1      usage TRAVEL 1   40.00   75.00
            I-1      sale  PUMP   -1  -320.00 -500.00
            I-1      sale  LINA   -3  -165.00 -270.00
            I-1      sale  TRAVEL -1  -40.00  -75.00
        order is closed
        """,
    "E-1 payment discount without VAT": """
        setup ledger_setup pmt_disc_excl_vat yes
        order C-GOOD
            10000 item     PUMP   qty 1
            20000 resource LINA   qty 3
            30000 cost     TRAVEL qty 1
        post ship invoice
        customer doc amount   disc
            I-1      1,056.25 16.90
        vat id       base    amount
            VAT25    -500.00 -125.00
            VAT25    -270.00 -67.50
            VAT25    -75.00  -18.75
        gl
            I-1   | 2310 1,056.25 | 6110 500.00; 5610 125.00; 6210 270.00; 5610 67.50; 6410 75.00; 5610 18.75
            I-1   | 7190 320.00   | 2110 320.00
        """,
    "E-2 partial shipment, partial invoice, the rest in one go": """
        order C-GOOD
            10000 item PUMP qty 4
        type 10000 ship 3
        post ship
        order line shipped invoiced not_inv outstanding ship invoice
            10000  3       0        3       1           1    4
        item    doc item type qty invoiced
            S-1     PUMP sale -3  0
        value   doc item sales cost exp_sales exp_cost
            S-1     PUMP 0     0    1,500.00  -960.00
        service doc type  no   qty cost   amount
            S-1     usage PUMP 3   960.00 1,500.00
        shipments doc line  qty invoiced open
            S-1       10000 3   0        3
        type 10000 invoice 2
        post invoice
        order line shipped invoiced not_inv outstanding ship invoice
            10000  3       2        1       1           1    2
        value   doc item sales    cost    exp_sales exp_cost
            I-1     PUMP 1,000.00 -640.00 -1,000.00 640.00
        shipments doc line  qty invoiced open
            S-1       10000 3   2        1
        service doc type no   qty cost    amount
            I-1     sale PUMP -2  -640.00 -1,000.00
        post ship invoice
        order is closed
        item    doc item type qty invoiced
            S-2     PUMP sale -1  -1
        value   doc item sales  cost    exp_sales exp_cost
            I-2     PUMP 500.00 -320.00 -500.00   320.00
            I-2     PUMP 500.00 -320.00 0         0
        shipments doc line  qty invoiced open
            S-1       10000 3   3        0
            S-2       10000 1   1        0
        vat     doc base      amount
            I-1     -1,000.00 -250.00
            I-2     -1,000.00 -250.00
        gl
            S-1   | 7191 960.00   | 2111 960.00
            I-1   | 2310 1,250.00 | 6110 1,000.00; 5610 250.00
            I-1   | 7190 640.00   | 2110 640.00
            I-1   | 2111 640.00   | 7191 640.00
            I-2   | 2310 1,250.00 | 6110 1,000.00; 5610 250.00
            I-2   | 7190 320.00; 7190 320.00 | 2110 320.00; 2110 320.00
            I-2   | 2111 320.00   | 7191 320.00
            total | 5,700.00      | 5,700.00
        """,
    "E-3 ship, then ship and consume, then invoice": """
        order C-GOOD
            10000 resource LINA   qty 5
            20000 item     FILTER qty 4
        type 10000 ship 3
        type 20000 ship 2
        post ship
        service doc type  no     qty charged cost   amount
            S-1     usage LINA   3   3       165.00 270.00
            S-1     usage FILTER 2   2       24.70  49.90
        resource doc type  no   qty cost   price
            S-1      usage LINA 3   165.00 270.00
        item    doc item   type qty
            S-1     FILTER sale -2
        value   doc item   sales cost exp_sales exp_cost
            S-1     FILTER 0     0    49.90     -24.70
        type 10000 consume 2
        type 20000 consume 1
        post ship consume
        vat doc
        customer doc
        item    doc item   type           qty invoiced
            S-2     FILTER negative_adjmt -1  -1
        value   doc item   sales cost   exp_sales exp_cost
            S-2     FILTER 0     -12.35 0         0
        resource doc type  no   qty cost   price unit_price
            S-2      usage LINA 2   110.00 0.00  0.00
        service doc type    no     qty charged cost    amount
            S-2     usage   LINA   2   0       110.00  0.00
            S-2     consume LINA   -2  0       -110.00 0.00
            S-2     usage   FILTER 1   0       12.35   0.00
            S-2     consume FILTER -1  0       -12.35  0.00
        type 10000 invoice 3
        type 20000 invoice 2
        post invoice
        invoice doc line  qty price line_amount amount incl
            I-1     10000 3   90.00 270.00      270.00 337.50
            I-1     20000 2   24.95 49.90       49.90  62.38
        vat     doc base    amount
            I-1     -49.90  -12.48
            I-1     -270.00 -67.50
        gl
            S-1   | 7191 24.70  | 2111 24.70
            S-2   | 7270 12.35  | 2110 12.35
            I-1   | 2310 399.88 | 6110 49.90; 5610 12.48; 6210 270.00; 5610 67.50
            I-1   | 7190 24.70  | 2110 24.70
            I-1   | 2111 24.70  | 7191 24.70
            total | 486.33      | 486.33
        order line shipped invoiced consumed outstanding
            10000  5       3        2        0
            20000  3       2        1        1
        order is open
        """,
    "E-4 line discount and invoice discount on accounts of their own": """
        setup receivables_setup calc_inv_discount yes
        order C-DISC
            10000 item     PUMP qty 2 disc 10
            20000 resource LINA qty 4
        post ship invoice
        invoice doc line  qty price  disc   line_amount inv_disc amount incl
            I-1     10000 2   500.00 100.00 900.00      45.00    855.00 1,068.75
            I-1     20000 4   90.00  0.00   360.00      18.00    342.00 427.50
        vat     base      amount
                -1,000.00 -250.00
                -360.00   -90.00
                100.00    25.00
                45.00     11.25
                18.00     4.50
        gl
            I-1   | 6910 100.00; 5610 25.00; 6920 45.00; 5610 11.25; 6920 18.00; 5610 4.50 |
            I-1   | 2310 1,496.25 | 6110 1,000.00; 5610 250.00; 6210 360.00; 5610 90.00
            I-1   | 7190 640.00 | 2110 640.00
            total | 2,340.00    | 2,340.00
        customer amount   sales    profit inv_disc
                 1,496.25 1,197.00 337.00 63.00
        value    sales  disc
                 855.00 -145.00
        """,
    "E-4 discounts within revenue": """
        setup receivables_setup calc_inv_discount yes discount_posting none
        order C-DISC
            10000 item     PUMP qty 2 disc 10
            20000 resource LINA qty 4
        post ship invoice
        vat base    amount
            -855.00 -213.75
            -342.00 -85.50
        gl
            I-1 | 2310 1,496.25 | 6110 855.00; 5610 213.75; 6210 342.00; 5610 85.50
            I-1 | 7190 640.00   | 2110 640.00
        """,
    "E-5 prices including VAT, line discount": """
        order C-GROSS
            10000 item     FILTER qty 3   price 31.19
            20000 resource LINA   qty 1.5 price 112.50 disc 10
        post ship invoice
        invoice line qty price  disc  line_amount amount incl
            10000    3   31.19  0.00  93.57       74.86  93.57
            20000    1.5 112.50 16.88 151.87      121.49 151.87
        vat base    amount
            -74.86  -18.71
            -134.99 -33.76
            13.50   3.38
        gl
            I-1   | 6910 13.50; 5610 3.38; 2310 245.44 | 6110 74.86; 5610 18.71; 6210 134.99; 5610 33.76
            I-1   | 7190 37.05 | 2110 37.05
            total | 299.37     | 299.37
        service doc type  no     price   disc   amount
            S-1     usage FILTER 24.952  0      74.86
            S-1     usage LINA   90.00   13.50  121.50
            I-1     sale  FILTER -24.952 0.00   -74.86
            I-1     sale  LINA   -90.00  -13.50 -121.49
        """,
    "E-6 two VAT rates; a cent moves between lines": """
        order C-GOOD
            10000 item     SEAL   qty 1
            20000 item     FILTER qty 1
            30000 resource LINA   qty 0.25
            40000 item     BOOK   qty 3
            50000 item     CARD   qty 1
        post ship invoice
        invoice line qty  price line_amount amount incl
            10000    1    0.67  0.67        0.67   0.84
            20000    1    24.95 24.95       24.95  31.19
            30000    0.25 90.00 22.50       22.50  28.12
            40000    3    9.99  29.97       29.97  33.57
            50000    1    4.45  4.45        4.45   4.98
        vat id    base   amount
            VAT12 -34.42 -4.13
            VAT25 -25.62 -6.41
            VAT25 -22.50 -5.62
        gl
            I-1   | 2310 98.70 | 6110 34.42; 5611 4.13; 6110 25.62; 5610 6.41; 6210 22.50; 5610 5.62
            I-1   | 7190 0.20; 7190 12.35; 7190 12.30; 7190 1.00 | 2110 0.20; 2110 12.35; 2110 12.30; 2110 1.00
            total | 124.55     | 124.55
        """,
    "E-7 foreign currency with residual rounding": """
        order C-EURO
            10000 item     PUMP   qty 1   price 67.11
            20000 item     FILTER qty 3   price 3.33
            30000 resource LINA   qty 2.5 price 12.07
        post ship invoice
        invoice line qty price line_amount amount incl  lcy    incl_lcy
            10000    1   67.11 67.11       67.11  83.89 500.66 625.84
            20000    3   3.33  9.99        9.99   12.49 74.53  93.18
            30000    2.5 12.07 30.18       30.18  37.72 225.15 281.41
        vat base    amount
            -575.19 -143.83
            -225.15 -56.26
        gl
            I-1   | 2310 1,000.43 | 6110 575.19; 5610 143.83; 6210 225.15; 5610 56.26
            I-1   | 7190 320.00; 7190 37.05 | 2110 320.00; 2110 37.05
            total | 1,357.48      | 1,357.48
        customer amount lcy      sales  profit
                 134.10 1,000.43 800.34 305.79
        """,
    "E-8 credit memo against the invoice of E-1": """
        order C-GOOD
            10000 item     PUMP   qty 1
            20000 resource LINA   qty 3
            30000 cost     TRAVEL qty 1
        post ship invoice
        gl
            I-1   | 2310 1,056.25 | 6110 500.00; 5610 125.00; 6210 270.00; 5610 67.50; 6410 75.00; 5610 18.75
            I-1   | 7190 320.00   | 2110 320.00
        vat id      base    amount
            VAT25   -500.00 -125.00
            VAT25   -270.00 -67.50
            VAT25   -75.00  -18.75
        customer doc
            I-1
        detailed kind amount
            initial   1,056.25
        item doc
            S-1
        value doc
            I-1
        resource doc
            S-1
            I-1
        service doc
            S-1
            S-1
            S-1
            I-1
            I-1
            I-1
        invoice doc
            I-1
            I-1
            I-1
        credit_memo C-GOOD applies I-1
            10000 item     PUMP qty 1 back 10000
            20000 resource LINA qty 1
        invoice doc line  qty price  line_amount amount incl
            C-1     10000 1   500.00 500.00      500.00 625.00
            C-1     20000 1   90.00  90.00       90.00  112.50
        vat     doc id    base   amount
            C-1     VAT25 500.00 125.00
            C-1     VAT25 90.00  22.50
        gl
            C-1   | 6190 500.00; 5610 125.00; 6290 90.00; 5610 22.50 | 2310 737.50
            C-1   | 2110 320.00   | 7190 320.00
            total | 1,057.50      | 1,057.50
        customer doc sales   profit  due        disc open
            C-1      -590.00 -215.00 2025-03-10 0    no
        detailed doc kind        amount  lcy
            C-1      initial     -737.50 -737.50
            C-1      application -737.50 -737.50
            C-1      application 737.50  737.50
        entries  doc left   open
            I-1      318.75 yes
            C-1      0.00   no
        item     doc item type qty invoiced completely_invoiced
            C-1      PUMP sale 1   1        yes
        value    doc item sales   cost
            C-1      PUMP -500.00 320.00
        resource doc type  no   qty cost   price
            C-1      usage LINA -1  -55.00 -90.00
            C-1      sale  LINA 1   55.00  90.00
        service  doc type  no   qty charged cost    amount
            C-1      sale  PUMP 1   1       320.00  500.00
            C-1      usage PUMP -1  -1      -320.00 -500.00
            C-1      sale  LINA 1   1       55.00   90.00
            C-1      usage LINA -1  -1      -55.00  -90.00
        """,
    "E-16 credit memo in EUR at another rate: realized gain": """
        order C-EURO
            10000 item     PUMP   qty 1   price 67.11
            20000 item     FILTER qty 3   price 3.33
            30000 resource LINA   qty 2.5 price 12.07
        post ship invoice
        gl
            I-1   | 2310 1,000.43 | 6110 575.19; 5610 143.83; 6210 225.15; 5610 56.26
            I-1   | 7190 320.00; 7190 37.05 | 2110 320.00; 2110 37.05
        vat base    amount
            -575.19 -143.83
            -225.15 -56.26
        invoice doc
            I-1
            I-1
            I-1
        detailed kind amount lcy
            initial   134.10 1,000.43
        credit_memo C-EURO applies I-1 rate 750.00
            10000 item     PUMP   qty 1   price 67.11
            20000 item     FILTER qty 3   price 3.33
            30000 resource LINA   qty 2.5 price 12.07
        invoice line qty price line_amount amount incl   lcy    incl_lcy
            10000    1   67.11 67.11       67.11  83.89  503.33 629.18
            20000    3   3.33  9.99        9.99   12.49  74.92  93.67
            30000    2.5 12.07 30.18       30.18  37.72  226.35 282.90
        vat base   amount
            578.25 144.60
            226.35 56.55
        gl
            C-1   | 6190 578.25; 5610 144.60; 6290 226.35; 5610 56.55 | 2310 1,005.75
            C-1   | 2310 5.32 | 9330 5.32
            C-1   | 2110 320.00; 2110 37.05 | 7190 320.00; 7190 37.05
            total | 1,368.12  | 1,368.12
        detailed doc kind          amount  lcy
            C-1      initial       -134.10 -1,005.75
            C-1      application   -134.10 -1,005.75
            C-1      application   134.10  1,005.75
            C-1      realized_gain 0.00    5.32
        entries  doc left left_lcy open
            I-1      0.00 0.00     no
            C-1      0.00 0.00     no
        """,
    "a credit memo marked as correction shows the other column": """
        setup ledger_setup mark_cr_memos_as_corrections yes
        order C-GOOD
            10000 item PUMP qty 1
        credit_memo C-GOOD
            10000 item PUMP qty 1
        gl
            C-1 | 2310 -625.00; 7190 -320.00 | 6190 -500.00; 5610 -125.00; 2110 -320.00
        vat base   amount
            500.00 125.00
        """,
    "E-9 reverse charge, EU customer": """
        order C-EU
            10000 resource LINA qty 10
            20000 item     PUMP qty 1
        post ship invoice
        invoice line qty price  line_amount amount incl
            10000    10  90.00  900.00      900.00 900.00
            20000    1   500.00 500.00      500.00 500.00
        vat base    amount kind           eu_service vat_no
            -500.00 0.00   reverse_charge yes        DE123456789
            -900.00 0.00   reverse_charge yes        DE123456789
        gl
            I-1   | 2320 1,400.00 | 6120 500.00; 6220 900.00
            I-1   | 7190 320.00   | 2110 320.00
            total | 1,720.00      | 1,720.00
        """,
    "E-10 invoice rounding to 1.00": """
        setup receivables_setup invoice_rounding yes
        order C-GOOD
            10000 item FILTER qty 3
        post ship invoice
        invoice line no     qty price line_amount amount incl
            10000    FILTER 3   24.95 74.85       74.85  93.56
            20000    9140   1   0.44  0.44        0.44   0.44
        vat id    base   amount
            VAT25 -74.85 -18.71
            VAT0  -0.44  0.00
        gl
            I-1   | 2310 94.00 | 6110 74.85; 5610 18.71; 9140 0.44
            I-1   | 7190 37.05 | 2110 37.05
            total | 131.05     | 131.05
        shipments doc line  qty
            S-1       10000 3
        service doc type  no
            S-1     usage FILTER
            I-1     sale  FILTER
        order is closed
        """,
    "E-10 invoice rounding down": """
        setup receivables_setup invoice_rounding yes
        setup ledger_setup inv_rounding_type down
        order C-GOOD
            10000 item FILTER qty 3
        post ship invoice
        vat id    base   amount
            VAT25 -74.85 -18.71
            VAT0  0.56   0.00
        gl
            I-1   | 2310 93.00; 9140 0.56 | 6110 74.85; 5610 18.71
            I-1   | 7190 37.05            | 2110 37.05
        """,
    "E-14 warranty: part free, labour charged": """
        order C-GOOD
            item_line 10000 MIXER
            10000 item     PUMP qty 1 on 10000
            20000 resource LINA qty 2 on 10000
        post ship invoice
        invoice line qty price  disc   line_amount amount incl
            10000    1   500.00 500.00 0.00        0.00   0.00
            20000    2   90.00  0.00   180.00      180.00 225.00
        vat base    amount
            -500.00 -125.00
            -180.00 -45.00
            500.00  125.00
        gl
            I-1   | 6910 500.00; 5610 125.00; 2310 225.00 | 6110 500.00; 5610 125.00; 6210 180.00; 5610 45.00
            I-1   | 7190 320.00 | 2110 320.00
            total | 1,170.00    | 1,170.00
        warranty doc no   qty amount open
            S-1      PUMP 1   500.00 no
        """,
    "E-15 full VAT on a cost line": """
        order C-GOOD
            10000 cost VATADJ qty 1 price 37.50
        post ship invoice
        invoice line qty price line_amount amount incl
            10000    1   37.50 37.50       0.00   37.50
        vat base amount kind
            0.00 -37.50 full
        gl
            I-1   | 2310 37.50 | 5610 37.50
            total | 37.50      | 37.50
        """,
    "E-17 posting one chosen line": """
        order C-GOOD
            10000 item     PUMP qty 1 date 2025-03-05
            20000 resource LINA qty 3
        post ship invoice 10000
        gl
            I-1 2025-03-10 | 2310 625.00 | 6110 500.00; 5610 125.00
            I-1 2025-03-05 | 7190 320.00 | 2110 320.00
            total          | 945.00      | 945.00
        vat      doc date       base    amount
            I-1      2025-03-10 -500.00 -125.00
        customer doc date
            I-1      2025-03-10
        item     doc date       item qty
            S-1      2025-03-05 PUMP -1
        value    doc date       item cost
            I-1      2025-03-05 PUMP -320.00
        service  doc date       type  no
            S-1      2025-03-05 usage PUMP
            I-1      2025-03-10 sale  PUMP
        shipments doc line  date       qty
            S-1       10000 2025-03-05 1
        order line shipped invoiced ship invoice
            10000  1       1        0    0
            20000  0       0        3    3
        order is open
        """,
    "E-11 undo shipment": """
        order C-GOOD
            10000 item     PUMP qty 4 date 2025-03-05
            20000 resource LINA qty 2 date 2025-03-05
        type 10000 ship 3
        post ship 10000 20000
        undo_shipment S-1 10000 20000
        gl
            S-1 2025-03-05 | 7191 960.00; 2111 960.00 | 2111 960.00; 7191 960.00
            total          | 1,920.00                 | 1,920.00
        shipments doc line  qty invoiced open correction
            S-1       10000 3   3        0    yes
            S-1       15000 -3  -3       0    yes
            S-1       20000 2   2        0    yes
            S-1       30000 -2  -2       0    yes
        item     doc date       item type qty remaining_quantity open
            S-1      2025-03-05 PUMP sale -3  0                  no
            S-1      2025-03-05 PUMP sale 3   0                  no
        value    doc item exp_sales exp_cost
            S-1      PUMP 1,500.00  -960.00
            S-1      PUMP -1,500.00 960.00
        resource doc type  qty cost    price
            S-1      usage 2   110.00  180.00
            S-1      usage -2  -110.00 -180.00
        service  doc type  no   document_line_no qty cost    amount
            S-1      usage PUMP 10000            3   960.00  1,500.00
            S-1      usage LINA 20000            2   110.00  180.00
            S-1      usage PUMP 15000            -3  -960.00 -1,500.00
            S-1      usage LINA 30000            -2  -110.00 -180.00
        order line shipped outstanding ship invoice
            10000  0       4           4    4
            20000  0       2           2    2
        order is open
        """,
    "undo consumption, then ship": """
        setup receivables_setup calc_inv_discount yes
        order C-DISC
            10000 item     FILTER qty 4
            20000 resource LINA   qty 3
        type 10000 consume 4
        type 20000 consume 1
        post ship consume
        undo_consumption S-1 10000
        gl
            S-1 | 7270 49.40; 2110 49.40 | 2110 49.40; 7270 49.40
        item  doc item   type           qty invoiced
            S-1   FILTER negative_adjmt -4  -4
            S-1   FILTER positive_adjmt 4   4
        value doc item   sales cost   exp_cost
            S-1   FILTER 0     -49.40 0
            S-1   FILTER 0     49.40  0
        shipments doc line  qty invoiced consumed open correction
            S-1       10000 4   0        4        0    yes
            S-1       15000 -4  0        -4       0    yes
            S-1       20000 1   0        1        0    no
        service doc type    no     qty charged cost   amount
            S-1     usage   FILTER 4   0       49.40  0.00
            S-1     consume FILTER -4  0       -49.40 0.00
            S-1     usage   LINA   1   0       55.00  0.00
            S-1     consume LINA   -1  0       -55.00 0.00
            S-1     usage   FILTER -4  0       -49.40 0.00
            S-1     consume FILTER 4   0       49.40  0.00
        order line shipped consumed outstanding ship invoice
            10000  0       0        4           4    4
            20000  1       1        2           2    2
        post ship
        gl
            S-2 | 7191 49.40 | 2111 49.40
        shipments doc line  qty invoiced consumed open correction
            S-1       10000 4   0        4        0    yes
            S-1       15000 -4  0        -4       0    yes
            S-1       20000 1   0        1        0    no
            S-2       10000 4   0        0        4    no
            S-2       20000 2   0        0        2    no
        """,
    "E-18 one invoice for two orders": """
        setup service_setup close_invoiced_orders automatic
        order C-GOOD SO-1
            10000 resource LINA qty 2
        post ship
        order C-GOOD SO-2
            10000 item FILTER qty 3
        post ship
        gl
            S-2 | 7191 37.05 | 2111 37.05
        combine C-GOOD
        invoice doc line no     qty price line_amount amount incl   order_no
            I-1 10000    -      0   0     0           0      0      -
            I-1 20000    LINA   2   90.00 180.00      180.00 225.00 SO-1
            I-1 30000    -      0   0     0           0      0      -
            I-1 40000    FILTER 3   24.95 74.85       74.85  93.56  SO-2
        vat     doc id    base    amount
            I-1 VAT25     -74.85  -18.71
            I-1 VAT25     -180.00 -45.00
        gl
            I-1   | 2310 318.56 | 6110 74.85; 5610 18.71; 6210 180.00; 5610 45.00
            I-1   | 7190 37.05  | 2110 37.05
            I-1   | 2111 37.05  | 7191 37.05
            total | 392.66      | 392.66
        value    doc item   sales cost   exp_sales exp_cost
            S-2      FILTER 0     0      74.85     -37.05
            I-1      FILTER 74.85 -37.05 -74.85    37.05
        resource doc type  no   qty price   order_no
            S-1      usage LINA 2   180.00  SO-1
            I-1      sale  LINA -2  -180.00 SO-1
        service  doc type  no     qty amount  order
            S-1      usage LINA   2   180.00  SO-1
            S-2      usage FILTER 3   74.85   SO-2
            I-1      sale  LINA   -2  -180.00 SO-1
            I-1      sale  FILTER -3  -74.85  SO-2
        shipments doc line  qty invoiced open
            S-1       10000 2   2        0
            S-2       10000 3   3        0
        order SO-1 is closed
        order SO-2 is closed
        """,
    "E-18 with orders closed by batch": """
        setup service_setup close_invoiced_orders batch
        order C-GOOD SO-1
            10000 resource LINA qty 2
        post ship
        order C-GOOD SO-2
            10000 item FILTER qty 5
        type 10000 ship 3
        post ship
        combine C-GOOD
        gl
            S-2   | 7191 37.05  | 2111 37.05
            I-1   | 2310 318.56 | 6110 74.85; 5610 18.71; 6210 180.00; 5610 45.00
            I-1   | 7190 37.05  | 2110 37.05
            I-1   | 2111 37.05  | 7191 37.05
        vat doc id base amount
            I-1 VAT25 -74.85  -18.71
            I-1 VAT25 -180.00 -45.00
        order line shipped invoiced not_inv outstanding ship invoice
            10000  3       3        0       2           2    2
        order SO-1 is open
        order SO-2 is open
        """,
}
