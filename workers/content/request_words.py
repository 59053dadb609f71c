"""Words of requests, by kind, one line a language: English, German, French, Spanish, Italian, Portuguese, Dutch.

They are matched against small letters without accents. Gaps are bounded and stay within a sentence.
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "MONEY": (
        r"\b(?:process|make|initiate|arrange|complete|execute|send|set up|handle|effect|release|push|issue|submit|"
        r"schedule|settle|approve|authori[sz]e|need|want)\b[^.!?]{0,50}\b(?:wire|payments?|transfers?|ach|remittance|"
        r"eft)\b",
        r"\bwire (?:transfer|out|the (?:money|funds|amount)|instructions)|\btransfer (?:of )?(?:the (?:funds|sum)|"
        r"[$€£]|\d)",
        r"\b(?:pay|settle) (?:this|the (?:attached|following|vendor)|an?|our) (?:\w+ ){0,2}(?:invoice|bill|vendor|"
        r"supplier)",
        r"\b(?:payment|wire|transfer) (?:needs? to|must|has to|should|to) (?:go out|be (?:made|sent|processed|wired|"
        r"paid))",
        r"\b(?:uberweisung|zahlung|transaktion|auslandsuberweisung)\w*\b[^.!?]{0,60}\b(?:tatigen|veranlass\w+|"
        r"ausfuhren|vornehmen|durchfuhren|anweisen|freigeben|erledig\w+|rausgehen|getatigt|ausgefuhrt|vorbereiten)\b",
        r"\b(?:tatigen|veranlassen|bereiten|fuhren|weisen) sie\b[^.!?]{0,50}\b(?:uberweisung|zahlung|betrag)|"
        r"\b(?:bitte|sofort|heute)\b[^.!?]{0,60}\b(?:uberweis(?:en|e|t)|begleichen)\b|\beiluberweisung|"
        r"\bblitzuberweisung",
        r"\b(?:effectuer|effectuez|faire|proceder|realiser|executer|emettre|regler|initier|preparer|traiter)\b"
        r"[^.!?]{0,50}\b(?:virement|paiement|transfert|reglement)|\bvirement (?:urgent|international|immediat|"
        r"confidentiel)",
        r"\b(?:hacer|hagas?|realizar|realices?|efectuar|procesar|proceses?|ejecutar|gestionar|tramitar|ordenar|"
        r"preparar)\b"
        r"[^.!?]{0,50}\b(?:transferencia|pago|giro)\b|\btransferencia (?:urgente|internacional|inmediata)",
        r"\b(?:fare|faccia|effettuare|effettui|eseguire|esegua|disporre|disponga|predisporre|procedere)\b"
        r"[^.!?]{0,50}\b(?:bonifico|pagamento)\b|\bbonifico (?:urgente|estero|istantaneo|immediato)",
        r"\b(?:fazer|faca|realizar|realize|efetuar|efetue|efectuar|processar|processe|providenciar|providencie)\b"
        r"[^.!?]{0,50}\b(?:transferencia|pagamento|pix|ted)\b|\btransferencia (?:urgente|imediata)",
        r"\b(?:betaling|overboeking|overschrijving)\b[^.!?]{0,50}\b(?:doen|uitvoeren|uitgevoerd|verrichten|regelen|"
        r"verwerken|klaarzetten)\b|\b(?:overmaken|over te maken|spoedbetaling|spoedoverboeking)\b",
    ),
    "BANK_CHANGE": (
        r"\baccounts?\b[^.!?]{0,30}\b(?:under audit|being audited|frozen|on hold)\b|\bhold (?:the|all|any|"
        r"this) payments?\b|"
        r"\b(?:updated|new|revised) (?:payment|remittance|wire|ach) (?:instructions?|details)\b|\bformer account\b",
        r"\b(?:new|changed?|changing|updated?|updating|different|revised|amend(?:ed)?|switch(?:ed)?)\b[^.!?]{0,40}"
        r"\b(?:bank(?:ing)?|iban|remittance|payment|wire|ach|account)(?: account)? (?:details|information|account|"
        r"instructions|coordinates)|\bnew (?:iban|bank account|account number|banking)\b",
        r"\b(?:bank(?:ing)?|payment|account|remittance|wire|ach)(?: account)? (?:details|information|instructions|"
        r"account)"
        r"\b[^.!?]{0,40}\b(?:changed?|updated|new|amended|switched|no longer|under audit|being audited|frozen)\b",
        r"\b(?:neue[nrs]?|geanderte[nrs]?|andere[nrs]?|aktualisierte[nrs]?|anderung) (?:der |unserer |meiner |unsere )?"
        r"(?:bankverbindung|bankdaten|kontodaten|kontoverbindung|iban|bankkonto|konto)\b",
        r"\b(?:bankverbindung|bankdaten|kontodaten|kontoverbindung|iban|bankkonto)\b[^.!?]{0,60}\b(?:geandert|andern|"
        r"aktualisiert|gewechselt|umgestellt|nicht mehr)\b",
        r"\b(?:nouveaux?|nouvelles?|changement|modification|changer|modifier|mise a jour)\b[^.!?]{0,40}\b(?:rib|iban|"
        r"coordonnees bancaires|compte bancaire|domiciliation)|\b(?:rib|iban|coordonnees bancaires)\b[^.!?]{0,40}"
        r"\b(?:change|modifie|ont change|mises? a jour)",
        r"\b(?:nuev[oa]s?|cambio|cambiar|cambiado|actualizar|actualizad[oa]s?|"
        r"modificar)\b[^.!?]{0,40}\b(?:datos bancarios|"
        r"cuenta bancaria|iban|numero de cuenta)|\b(?:datos bancarios|cuenta bancaria)\b[^.!?]{0,40}"
        r"\b(?:cambiad|cambio|actualizad|modificad|nuev)",
        r"\b(?:nuov[oaie]|cambio|cambiat[oaie]|variazione|modifica|modificare|cambiare|aggiornare|aggiornat[oaie])\b"
        r"[^.!?]{0,40}\b(?:coordinate bancarie|iban|conto corrente|conto bancario|dati bancari)|"
        r"\b(?:coordinate bancarie|"
        r"iban|dati bancari)\b[^.!?]{0,40}\b(?:cambiat|variat|modificat|aggiornat)",
        r"\b(?:nov[oa]s?|alteracao|mudanca|atualizar|atualizacao|alterar|mudar|"
        r"alteramos)\b[^.!?]{0,40}\b(?:dados bancarios|"
        r"conta bancaria|iban|nib)|\bdados bancarios\b[^.!?]{0,40}\b(?:alterad|atualizad|mudaram|mudou|foram)",
        r"\b(?:nieuwe?|gewijzigde?|ander|andere|wijzig(?:en|ing)|aangepaste)\b[^.!?]{0,40}\b(?:bankrekening\w*|"
        r"rekeningnummer|iban|bankgegevens)|\b(?:bankgegevens|rekeningnummer|iban|bankrekening)\b[^.!?]{0,40}"
        r"\b(?:gewijzigd|veranderd|aangepast|wijzigen)",
    ),
    "PAYROLL": (
        r"\b(?:change|update|updating|switch|modify|new|edit|replace)\b[^.!?]{0,50}\b(?:direct[- ]deposit|payroll|"
        r"salary|"
        r"pay ?checks?|pay ?cheques?)\b",
        r"\b(?:direct[- ]deposit|payroll|salary|pay ?check)\b[^.!?]{0,50}\b(?:chang(?:e|ed|ing)|updated?|switch|"
        r"new bank|"
        r"new account|different (?:bank|account)|another (?:bank|account))\b",
        r"\b(?:gehalt|gehalts\w+|lohn|lohnkonto|lohnzahlung)\b[^.!?]{0,60}\b(?:neue[ns]?|anderes|andern|umstellen|"
        r"konto|"
        r"bankverbindung|iban)\b|\b(?:konto|bankverbindung|iban)\b[^.!?]{0,50}\b(?:gehalt|gehalts\w+|lohn)\b",
        r"\b(?:salaire|paie|paye)\b[^.!?]{0,60}\b(?:rib|compte|coordonnees|iban|nouveau)\b|\b(?:rib|compte|iban|"
        r"coordonnees bancaires)\b[^.!?]{0,60}\b(?:salaire|paie|paye)\b",
        r"\b(?:nomina|salario|sueldo)\b[^.!?]{0,60}\b(?:cuenta|nuev[oa]|banco|iban|cambi\w+)\b|\b(?:cuenta|iban|"
        r"banco)\b"
        r"[^.!?]{0,60}\b(?:nomina|salario|sueldo)\b",
        r"\b(?:stipendio|busta paga)\b[^.!?]{0,60}\b(?:iban|conto|nuov[oa]|cambi\w+)\b|\b(?:iban|conto)\b[^.!?]{0,60}"
        r"\b(?:stipendio|busta paga)\b",
        r"\b(?:salario|ordenado|vencimento|folha de pagamento)\b[^.!?]{0,60}\b(?:conta|nov[oa]|iban|alter\w+|mud\w+)\b|"
        r"\b(?:conta|iban)\b[^.!?]{0,60}\b(?:salario|ordenado|vencimento)\b",
        r"\b(?:salaris|loon)\b[^.!?]{0,60}\b(?:rekening\w*|iban|wijzig\w+|nieuwe?)\b|\b(?:rekening\w*|"
        r"iban)\b[^.!?]{0,60}"
        r"\b(?:salaris|loon)\b",
    ),
    "GIFT_CARDS": (
        r"\b(?:grab|run out|pick up|bring|want|few|some|\d+|five|six|eight|ten|twenty)\b[^.!?]{0,40}\b(?:gift ?cards?|"
        r"(?:itunes|"
        r"google play|steam|apple|amazon|vanilla|razer|ebay|target|walmart|visa|amex) cards?)\b",
        r"\b(?:gift ?cards?|e-?gift|(?:itunes|google play|steam|apple|amazon|vanilla|razer|ebay|target|walmart|visa|"
        r"amex)"
        r" cards?)\b[^.!?]{0,90}\b(?:purchase|buy|get|pick up|procure|codes?|scratch|photos?|pictures?|pieces|need|"
        r"worth|each)\b",
        r"\b(?:purchase|buy|get|pick up|procure|need|arrange|send)\b[^.!?]{0,60}\b(?:gift ?cards?|e-?gift|(?:itunes|"
        r"google play|steam|apple|amazon|vanilla|razer|ebay|target|walmart|visa|amex) cards?)\b",
        r"\b(?:besorg\w*|kauf\w*|brauch\w*|benotig\w*|hol\w*|codes?)\b[^.!?]{0,60}\b(?:geschenkkarten?|"
        r"gutscheinkarten?|"
        r"guthabenkarten?|geschenkgutscheine?|gutscheine|paysafe\w*|google[- ]play)\b",
        r"\b(?:geschenkkarten?|gutscheinkarten?|guthabenkarten?|gutscheine)\b[^.!?]{0,60}\b(?:besorgen|kaufen|holen|"
        r"codes?)\b",
        r"\b(?:achet\w+|procur\w+|besoin|prendre|codes?)\b[^.!?]{0,60}\b(?:cartes?[- ]cadeaux?|coupons? (?:pcs|"
        r"transcash|"
        r"neosurf)|cartes? (?:google play|itunes|steam|apple|amazon))\b",
        r"\b(?:compr\w+|consig\w+|consegu\w+|necesit\w+|precis\w+|codigos?)\b[^.!?]{0,60}\b(?:tarjetas? (?:de )?regalo|"
        r"cart(?:ao|oes) (?:de )?(?:presente|oferta)|gift ?cards?|vales? presente)\b",
        r"\b(?:compr\w+|acquist\w+|prend\w+|serv\w+|codici?)\b[^.!?]{0,60}\b(?:carte regalo|buoni regalo|"
        r"gift ?cards?)\b",
        r"\b(?:kop\w+|koop|hal\w+|nodig|codes?|aanschaffen)\b[^.!?]{0,60}\b(?:cadeaukaart(?:en)?|cadeaubon(?:nen)?|"
        r"giftcards?)\b|\b(?:cadeaukaart(?:en)?|cadeaubon(?:nen)?)\b[^.!?]{0,60}\b(?:kopen|halen|codes?|nodig)\b",
    ),
    "RECORDS": (
        r"\b(?:names?|contacts?|list|e-?mail addresses|statements?)\b[^.!?]{0,60}\b(?:customers|clients|"
        r"debtors)\b[^.!?]{0,40}"
        r"\b(?:open|outstanding|overdue|unpaid|owe|balances?)\b|\b(?:salary|payroll|wage|tax|earnings) (?:records|"
        r"forms|"
        r"statements|data)\b[^.!?]{0,60}\b(?:staff|employees?|addresses|dates? of birth|everybody|all)\b",
        r"\bw-?2s?\b[^.!?]{0,60}\b(?:employees?|staff|all|copies|pdf)\b|\b(?:all|employees?|staff|"
        r"copies)\b[^.!?]{0,40}\bw-?2s?\b",
        r"\b(?:ag(?:e)?ing|accounts receivables?|a/r) (?:reports?|list|summary|statement|schedule)\b|"
        r"\b(?:open|outstanding|overdue) receivables\b|\blist of (?:all )?(?:our )?(?:debtors|outstanding invoices)\b|"
        r"\blist of all (?:our )?(?:employees|staff|customers)\b|\bpayroll (?:register|summary)\b",
        r"\b(?:offene[nr]? posten|op-liste|debitorenliste|saldenliste|mitarbeiterliste)\b|\bliste (?:aller|unserer) "
        r"(?:\w+ )?(?:mitarbeiter|kunden|debitoren|rechnungen)\b",
        r"\bbalance agee\b|\b(?:liste|releve|etat)\b[^.!?]{0,30}\b(?:creances|factures (?:impayees|en attente|"
        r"ouvertes)|"
        r"salaries|employes|debiteurs)\b",
        r"\b(?:informe|listado|lista|relacion)\b[^.!?]{0,30}\b(?:antiguedad|cuentas por cobrar|facturas pendientes|"
        r"deudores|empleados)\b",
        r"\bscadenzario\b|\b(?:elenco|lista)\b[^.!?]{0,30}\b(?:crediti|fatture (?:aperte|insolute|scadute)|debitori|"
        r"dipendenti)\b",
        r"\b(?:relatorio|lista|mapa)\b[^.!?]{0,30}\b(?:contas a receber|faturas (?:em aberto|pendentes)|devedores|"
        r"funcionarios|antiguidade)\b",
        r"\b(?:debiteurenlijst|ouderdomsanalyse|openstaande posten)\b|\b(?:lijst|"
        r"overzicht)\b[^.!?]{0,30}\b(?:debiteuren|"
        r"medewerkers|openstaande facturen)\b",
    ),
    "INVOICE": (
        r"\b(?:overdue|outstanding|unpaid|past due|attached|pending|due) (?:invoices?|balance|payments?|bills?)\b|"
        r"\binvoices?\b[^.!?]{0,40}\b(?:attached|overdue|outstanding|due|unpaid|payment|paid)\b",
        r"\b(?:offene[nrs]?|fallige[nrs]?|beigefugte[nrs]?|uberfallige[nrs]?) rechnung|"
        r"\brechnung\w*\b[^.!?]{0,40}\b(?:fallig|"
        r"offen|uberfallig|anbei|anhang|begleichen|bezahlen)\b",
        r"\bfactures?\b[^.!?]{0,40}\b(?:impayees?|en attente|jointes?|echues?|regler|reglement|paiement)\b",
        r"\bfacturas?\b[^.!?]{0,40}\b(?:pendientes?|vencidas?|adjuntas?|pagar|pago)\b",
        r"\bfattur[ae]\b[^.!?]{0,40}\b(?:scadut[ae]|insolut[ae]|allegat[ae]|sospeso|pagare|pagamento|saldare)\b",
        r"\bfaturas?\b[^.!?]{0,40}\b(?:vencidas?|pendentes?|anexo|aberto|pagar|pagamento)\b",
        r"\bfactu(?:ur|ren)\b[^.!?]{0,40}\b(?:openstaande?|bijgevoegd|vervallen|bijlage|betalen|voldoen)\b|"
        r"\bopenstaande factu",
    ),
    "ACQUISITION": (
        r"\b(?:acquisition|merger|takeover)\b|\bconfidential (?:transaction|project|deal|operation|matter)\b",
        r"\b(?:our|the) (?:external )?(?:lawyer|attorney|law firm|legal counsel|solicitor)s?\b[^.!?]{0,50}\b(?:contact|"
        r"instruct|coordinat|e-?mail|details)",
        r"\b(?:firmenubernahme|unternehmensubernahme|ubernahme|akquisition|fusion)\b|"
        r"\bvertrauliche[nrs]? (?:transaktion|"
        r"angelegenheit|projekt|operation)\b",
        r"\b(?:rachat|fusion|opa)\b|\boperation (?:financiere|confidentielle|strategique)\b|\bcabinet d'?avocats?\b",
        r"\b(?:adquisicion|fusion)\b|\boperacion (?:confidencial|financiera)\b|\bbufete\b",
        r"\b(?:acquisizione|fusione)\b|\boperazione (?:riservata|finanziaria|confidenziale)\b|\bstudio legale\b",
        r"\b(?:aquisicao|fusao)\b|\boperacao (?:confidencial|financeira)\b|\bescritorio de advoca",
        r"\b(?:overname|acquisitie|fusie)\b|\bvertrouwelijke? (?:transactie|project|kwestie)\b|\badvocatenkantoor\b",
    ),
    "AVAILABLE": (
        r"\bare you (?:\w+ )?(?:on site|at work|in town|reachable|online|at the office)\b|\bcan you (?:talk|text)\b",
        r"\b(?:are|r) (?:you|u) (?:\w+ )?(?:available|free|at (?:your|the) desk|in the office|around|busy|there|"
        r"in today)\b|"
        r"\bgot a (?:minute|moment|sec)|\blet me know (?:when|if|once) you(?:'re| are) (?:available|free|around|"
        r"at your desk)",
        r"\bsind sie (?:\w+ )?(?:verfugbar|im buro|erreichbar|am platz|am schreibtisch|frei)\b|"
        r"\bbist du (?:\w+ )?(?:da|im "
        r"buro|erreichbar|verfugbar|frei)\b|\bhaben sie (?:kurz|gerade|einen moment)\b",
        r"\b(?:etes[- ]vous|vous etes|es[- ]tu|tu es) (?:\w+ )?(?:disponible|dispo|au bureau|libre|la)\b",
        r"\b(?:esta|estas|estas?) (?:usted )?(?:disponible|en la oficina|libre|ocupad[oa])\b",
        r"\b(?:sei|e'?|e lei|siete) (?:\w+ )?(?:disponibile|in ufficio|liber[oa])\b",
        r"\b(?:esta|estas|voce esta) (?:disponivel|no escritorio|livre|ocupad[oa])\b",
        r"\b(?:ben je|bent u) (?:\w+ )?(?:beschikbaar|op kantoor|bereikbaar|vrij|aanwezig)\b|\bheb je even\b",
    ),
    "TASK": (
        r"\b(?:have|got|there is|there's) (?:an? |something )(?:\w+ )?(?:assignment|task|errand|request|favou?r|matter|"
        r"deal)\b[^.!?]{0,40}\b(?:you|handle|discuss|today)\b|\bbrief you\b",
        r"\b(?:quick|urgent|small|little|personal|confidential|important) (?:task|favou?r|request|assignment|errand)\b|"
        r"\bneed (?:you|a favou?r|your (?:help|assistance))\b|\b(?:run|handle|complete|carry out) (?:a|an|this|some) "
        r"(?:\w+ )?(?:task|errand|request|assignment)\b|\bdo (?:something|this) for me\b",
        r"\b(?:kleine[nr]?|dringende[nr]?|wichtige[nr]?|schnelle[nr]?|vertrauliche[nr]?) (?:aufgabe|gefallen|auftrag|"
        r"bitte|angelegenheit)\b|\b(?:etwas|aufgabe|auftrag) (?:fur mich )?(?:zu )?erledigen\b",
        r"\b(?:petit|un) service\b|\btache (?:urgente|importante|confidentielle)|\bbesoin de (?:vous|toi|votre aide)\b|"
        r"\btraiter (?:un|une) (?:dossier|operation|tache)",
        r"\b(?:tarea|encargo|gestion|favor|asunto) (?:\w+ )?(?:urgente|rapid[oa]|importante|confidencial|personal)\b|"
        r"\bnecesito (?:que|un favor|tu ayuda|su ayuda)\b",
        r"\b(?:compito|favore|incarico|richiesta|faccenda) (?:\w+ )?(?:urgente|veloce|importante|riservat[oa])\b|"
        r"\bho bisogno (?:di|che)\b|\bun favore\b",
        r"\b(?:tarefa|favor|assunto) (?:\w+ )?(?:urgente|rapid[oa]|importante|confidencial)\b|\bpreciso (?:que|"
        r"de (?:um "
        r"favor|sua ajuda|ti))\b|\bum favor\b",
        r"\b(?:kleine|dringende|snelle|belangrijke|vertrouwelijke) (?:taak|klus|gunst|verzoek|opdracht)\b|"
        r"\bvoor me (?:doen|"
        r"regelen)\b|\bheb je (?:hulp )?nodig\b",
    ),
    "PHONE": (
        r"\b(?:send|give|share|text|drop|provide|forward|need|kindly|what(?:'s| is))\b[^.!?]{0,25}\b(?:your|"
        r"ur) (?:\w+ )?"
        r"(?:cell|mobile|phone|whats ?app|direct line|number)\b",
        r"\b(?:ihre|deine)r? (?:aktuelle |private )?(?:handynummer|mobilnummer|telefonnummer|whatsapp)",
        r"\b(?:votre|ton) (?:numero|portable|whatsapp)\b",
        r"\b(?:tu|su) (?:numero|movil|celular|whatsapp|telefono)\b",
        r"\b(?:tuo|suo) (?:numero|cellulare|whatsapp|telefono)\b",
        r"\b(?:seu|teu) (?:numero|celular|telemovel|whatsapp|telefone)\b",
        r"\b(?:je|uw|jouw) (?:\w+ )?(?:nummer|telefoonnummer|mobiel|06|whatsapp)\b",
    ),
    "SECRECY": (
        r"\b(?:confidential\w*|discreet\w*|secret|secrecy|between (?:us|you and me)|don't (?:tell|mention|discuss)|"
        r"do not "
        r"(?:tell|mention|discuss|share)|keep (?:this|it) (?:between|to yourself|quiet|private)|surprise)\b",
        r"\b(?:vertraulich\w*|diskret\w*|stillschweigen|geheim\w*|unter uns|niemande[mn])\b",
        r"\b(?:confidentiel\w*|confidentialite|discret\w*|secret|entre nous|a personne)\b",
        r"\b(?:confidencial\w*|discrecion|discret[oa]|secreto|entre nosotros|a nadie|con nadie)\b",
        r"\b(?:riservat\w+|riservatezza|confidenziale|discrezione|segret[oa]|tra noi|con nessuno|a nessuno)\b",
        r"\b(?:sigilo\w*|discricao|segredo|entre nos|a ninguem|com ninguem)\b",
        r"\b(?:vertrouwelijk\w*|discretie|geheim\w*|onder ons|tegen niemand|met niemand)\b",
    ),
    "HASTE": (
        r"\b(?:urgent\w*|asap|a\.s\.a\.p|immediate\w*|right (?:away|now)|as soon as possible|promptly|(?:by|"
        r"before) (?:noon|"
        r"close of|end of|the end of|cob|eod)|today|quick\w*|time[- ]sensitive)\b",
        r"\b(?:dringend\w*|eilig|eilt|sofort\w*|umgehend|unverzuglich|heute noch|noch heute|schnellstmoglich|"
        r"so schnell wie)\b",
        r"\b(?:urgen\w+|immediat\w*|au plus vite|des que possible|aujourd'hui|sans delai|rapidement)\b",
        r"\b(?:urgente\w*|urgencia|inmediat\w+|lo antes posible|cuanto antes|hoy)\b",
        r"\b(?:urgente\w*|urgenza|immediat\w+|al piu presto|oggi|subito|entro)\b",
        r"\b(?:urgente\w*|urgencia|imediat\w+|o mais rapido|hoje|quanto antes)\b",
        r"\b(?:dringend|spoed\w*|zo snel mogelijk|onmiddellijk|vandaag|meteen)\b",
    ),
    "NO_CALLS": (
        r"\bin (?:a|an|the|back[- ]to[- ]back|another) (?:\w+ )?(?:meetings?|conference|session)\b|\b(?:can't|cannot|"
        r"can not|"
        r"unable to|won't be able to) (?:talk|call|take (?:any )?calls?|speak|receive calls)|\b(?:only|just) (?:by|via|"
        r"through|reachable (?:by|via)|reply (?:by|via)|available (?:by|via)) e-?mail|\bno calls\b|\bdon't call\b",
        r"\bin (?:einer|einem) (?:\w+ )?(?:besprechung|sitzung|konferenz|meeting|termin)\b|\bnicht telefonieren\b|"
        r"\b(?:nur|ausschliesslich) (?:per|uber) (?:e-?)?mail\b|\btelefonisch nicht\b",
        r"\ben (?:reunion|rendez-vous|conference)\b|\b(?:uniquement|seulement|exclusivement) par (?:e-?)?mail\b|\bpas "
        r"(?:joignable|m'appeler)\b|\binjoignable\b",
        r"\ben (?:una )?reunion\b|\b(?:solo|unicamente) por (?:correo|e-?mail)\b|\bno puedo (?:hablar|atender)\b",
        r"\bin riunione\b|\b(?:solo|soltanto) (?:via|per|tramite) (?:e-?)?mail\b|\bnon posso (?:parlare|rispondere)\b",
        r"\b(?:em|numa) reuniao\b|\b(?:so|apenas|somente) por e-?mail\b|\bnao posso (?:falar|atender)\b",
        r"\bin (?:een )?(?:vergadering|bespreking|meeting)\b|\b(?:alleen|uitsluitend) (?:via|per) (?:e-?)?mail\b|"
        r"\bniet bellen\b",
    ),
}

# Talk of money in whatever words. It says nothing of ordinary mail, and much where the sender is an impostor.
MONEY_TALK = (
    r"\b(?:pay(?:s|ing|ment|ments|able|ee|off)?|paid|wires?|funds?|vendors?|suppliers?|invoices?|balances?|accounts?|"
    r"bank\w*|iban|swift|ach|escrow|deposit|remit\w*|retainer|settle\w*|salar\w+|wages?|payroll|tax|budget|cash|"
    r"crypto|bitcoin|"
    r"cards?|vouchers?|transfers?|transactions?|receivables?|statements?|cut-off)\b",
    r"\b(?:zahl\w*|bezahl\w*|uberweis\w*|rechnung\w*|konto\w*|kontostand|betrag|lieferant\w*|gehalt\w*|lohn\w*|"
    r"begleich\w*|"
    r"bankverbindung|anweis\w*|gutschein\w*)\b",
    r"\b(?:pa(?:ie|y)\w*|vire\w*|factur\w*|fournisseur\w*|solde\w*|compte|reglement\w*|regler|rib|banque|salaire\w*|"
    r"cartes?)\b",
    r"\b(?:pag\w+|transferenc\w+|proveedor\w*|saldo|cuenta\w*|banco|nomina\w*|sueldo|tarjetas?)\b",
    r"\b(?:bonific\w+|fornitor\w+|sald\w+|conto|coordinate|stipendi\w*|fattur\w+|banca|carte)\b",
    r"\b(?:fornecedor\w*|conta|faturas?|ordenado|salario|cartoes|cartao)\b",
    r"\b(?:betal\w+|leverancier\w*|rekening\w*|factu\w+|overma\w+|salaris|loon|cadeaubon\w*)\b",
)

# How people ask for anything at all.
ASKING = (
    r"\?|\b(?:please|kindly|could you|can you|will you|would you|need you|i need|let me know|tell me|send me|"
    r"take care of|"
    r"reply)\b",
    r"\b(?:bitte|erledigen sie|melden sie sich|konnen sie|kannst du|brauche|schicken sie|senden sie)\b",
    r"\b(?:veuillez|merci de|svp|s'il (?:vous|te) plait|pouvez-vous|peux-tu|j'ai besoin|preparez|envoyez)\b",
    r"\b(?:por favor|necesito|puedes|podrias|puede usted|envia(?:me|dme)?|confirma(?:me)?)\b",
    r"\b(?:per favore|cortesemente|ho bisogno|serve|puoi|potresti|mandami|inviami)\b",
    r"\b(?:preciso|podes|voce pode|pode tratar|envie(?:-me)?|consegue|tratas?)\b",
    r"\b(?:alsjeblieft|graag|kun je|kunt u|wil je|regel jij|stuur (?:me|mij))\b",
)
